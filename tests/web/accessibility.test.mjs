// For everybody: axe on every page, the keyboard alone, large text, narrow screens, forced colours.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { newName, PASSWORD } from './support/api.mjs';
import { keyboard } from './support/hands.mjs';
import * as journey from './support/journey.mjs';
import { PAGES, pagesWorld, STATES } from './support/pages.mjs';
import { eventually, webTests } from './support/web.mjs';

/** @typedef {import('./support/web.mjs').Page} Page */

const webTest = webTests(['--anonymous-reads']);
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong on a page that has come to rest. @param {Page} page */
async function violations(page) {
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations: found } = await /** @type {any} */ (globalThis).axe.run(document, {
      rules: { region: { enabled: true } },
    });
    return found.map((/** @type {any} */ { impact, id, nodes }) => {
      const places = nodes.map((/** @type {any} */ node) => node.html.slice(0, 120));
      return `${impact} ${id}: ${places.join(' | ')}`;
    });
  });
}

/** What every page must have. @param {Page} page */
const landmarks = (page) =>
  page.evaluate(() => ({
    h1: document.querySelectorAll('h1').length,
    main: document.querySelectorAll('main').length,
    lang: document.documentElement.lang,
    title: document.title.length > 0,
  }));

for (const width of [360, 1440]) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    webTest(`axe finds nothing: ${width} px, ${colorScheme}`, async (visit) => {
      visit.expect(/status of 4\d\d/);
      const world = await pagesWorld(visit.api);
      const options = { viewport: { width, height: 800 }, colorScheme };
      const reader = await visit.page(world.reader, options);
      const stranger = await visit.page(undefined, options);
      for (const { name, path, signedIn } of PAGES) {
        const page = signedIn ? reader : stranger;
        await page.goto(path(world));
        assert.deepEqual(await violations(page), [], name);
        assert.deepEqual(await landmarks(page), { h1: 1, main: 1, lang: 'en', title: true }, name);
      }
      for (const { name, path, enter } of STATES) {
        await reader.goto(path(world));
        await enter(reader);
        assert.deepEqual(await violations(reader), [], name);
      }
    });
  }
}

webTest('every journey by keyboard alone', async (visit) => {
  visit.expect(/status of 404/);
  const author = await visit.api.join({ username: newName('maya') });
  await visit.api.tweets(author, 2);
  const page = await visit.page(undefined);
  const mira = { page, hand: keyboard, script: true, name: newName('mira') };
  await journey.join(mira);
  await journey.signOut(mira);
  await journey.signIn(mira);
  await journey.write(mira, 'By keyboard');
  await journey.find(mira, author.username);
  await journey.followAndFavorite(mira);
  await journey.editProfile(mira);
  await journey.changePassword(mira, 'another lantern');
  await journey.deleteNewest(mira);
  await journey.signOutEverywhere(mira);
  await journey.signIn(mira, 'another lantern');
  await journey.deleteAccount(mira, 'another lantern');
});

webTest('bare keys do what their sheet says, and nothing in a field', async (visit) => {
  const author = await visit.api.join();
  await visit.api.tweets(author, 4);
  const page = await visit.page(author);
  await page.goto(`/@${author.username}`);
  const { keyboard: keys } = page;
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  await keys.press('j');
  assert.match(await focused(), /Tweet number 4/);
  await keys.press('j');
  assert.match(await focused(), /Tweet number 3/);
  await keys.press('k');
  assert.match(await focused(), /Tweet number 4/);
  await keys.press('f');
  await eventually(() => page.locator('[aria-pressed=true]').count(), 1);
  await keys.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'who');
  await keys.press('j');
  assert.equal(await page.locator('#who').inputValue(), 'j');
  await page.locator('#who').blur();
  await keys.press('n');
  await eventually(() => page.evaluate(() => document.activeElement?.id), 'content');
  await keys.press('h');
  assert.equal(await page.locator('#content').inputValue(), 'h');
  await keys.press('Escape');
  await page.locator('#compose').waitFor({ state: 'hidden' });
  // Until the focus has gone back too, keys are the dialog's.
  await eventually(() => page.evaluate(() => document.activeElement?.closest('dialog')), null);
  await keys.press('Shift+?');
  await page.locator('#keys[open]').waitFor();
  await page.locator('#keys-on').uncheck();
  await keys.press('Escape');
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await keys.press('j');
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
  await page.locator('#keys-button').click();
  await page.locator('#keys-on').check();
  await keys.press('Escape');
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await keys.press('j');
  await keys.press('Enter');
  await page.locator('.single').waitFor();
  await keys.press('h');
  await page.waitForURL((url) => url.pathname === '/');
  await keys.press('p');
  await page.waitForURL(`**/@${author.username}`);
});

webTest(
  'older tweets: the first of them has the focus; the skip link is the first stop',
  async (visit) => {
    const author = await visit.api.join();
    await visit.api.tweets(author, 100);
    const page = await visit.page(author);
    await page.goto(`/@${author.username}`);
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
    const n = await page.locator('#list > li').count();
    // At once: the focus brings the end of the list near, and then a page comes unasked.
    await page.locator('.older a').evaluate((/** @type {HTMLAnchorElement} */ link) => {
      link.focus();
      link.click();
    });
    await eventually(
      () => page.evaluate(() => document.activeElement?.querySelector('.text')?.textContent ?? ''),
      `Tweet number ${100 - n} of ${author.username}`,
    );
  },
);

webTest(
  'unasked, three pages are fetched, then the link waits, so that the foot is reached',
  async (visit) => {
    const author = await visit.api.join();
    await visit.api.tweets(author, 110);
    const page = await visit.page(author);
    await page.goto(`/@${author.username}`);
    const rows = page.locator('#list > li');
    for (const n of [40, 60, 80]) {
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await eventually(() => rows.count(), n);
    }
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.locator('.foot').waitFor();
    assert.equal(await rows.count(), 80);
    assert.ok(await page.locator('.foot').isVisible());
  },
);

/** What reaches beyond the screen's edge. @param {Page} page */
const overflow = (page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return Math.max(0, scrollWidth - clientWidth);
  });

webTest('320 px, text at 200 %, WCAG text spacing: nothing is cut off sideways', async (visit) => {
  visit.expect(/status of 4\d\d/);
  const world = await pagesWorld(visit.api);
  const viewport = { width: 320, height: 640 };
  const page = await visit.page(world.reader, { viewport });
  const stranger = await visit.page(undefined, { viewport });
  const styles = [
    '',
    ':root{font-size:200%}',
    `* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
         word-spacing: 0.16em !important }
     p { margin-bottom: 2em !important }`,
  ];
  for (const { name, path, signedIn } of PAGES) {
    const shown = signedIn ? page : stranger;
    await shown.goto(path(world));
    for (const style of styles) {
      const width = await shown.evaluate(async (text) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(text);
        document.adoptedStyleSheets = [sheet];
        return document.documentElement.scrollWidth;
      }, style);
      assert.ok(width <= 320, `${name}: ${width} px with ${style || 'nothing'}`);
    }
  }
});

webTest('targets have 24 px or more', async (visit) => {
  visit.expect(/status of 4\d\d/);
  const world = await pagesWorld(visit.api);
  const page = await visit.page(world.reader, { viewport: { width: 360, height: 800 } });
  for (const { name, path, signedIn } of PAGES) {
    if (!signedIn) continue;
    await page.goto(path(world));
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('a, button, input:not([type=hidden]), textarea')]
        // A link within a sentence is as tall as its line.
        .filter(
          (target) =>
            target.checkVisibility() &&
            !target.closest(
              '.text, .about, .hint, .note, .skip, p:not(.who, .acts, .older, .filters)',
            ),
        )
        .map((target) => ({ box: target.getBoundingClientRect(), html: target.outerHTML }))
        .filter(({ box }) => box.height < 24 || box.width < 24)
        .map(({ box, html }) => `${box.width} x ${box.height}: ${html.slice(0, 100)}`),
    );
    assert.deepEqual(small, [], name);
  }
});

webTest('reduced motion: nothing moves; forced colours: the state can be told', async (visit) => {
  const world = await pagesWorld(visit.api);
  const still = await visit.page(world.reader, { reducedMotion: 'reduce' });
  await still.goto(`/@${world.author.username}`);
  await still.locator('#list .star').first().click();
  assert.equal(await still.evaluate(() => document.getAnimations().length), 0);
  const forced = await visit.page(world.reader, { forcedColors: 'active' });
  await forced.goto(`/@${world.author.username}`);
  const star = forced.locator('#list .star').first();
  const color = () => star.evaluate((element) => getComputedStyle(element).color);
  const before = await color();
  await star.click();
  assert.notEqual(await color(), before);
});

webTest('a refused form: the first bad field has the focus and names its fault', async (visit) => {
  visit.expect(/status of 422/);
  const page = await visit.page();
  await page.goto('/join');
  await page.locator('#username').fill('no blanks here');
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main .button.main').click();
  await page.locator('#username-fault').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'username');
  const described = await page.locator('#username').getAttribute('aria-describedby');
  assert.match(described ?? '', /username-fault/);
  assert.equal(await overflow(page), 0);
});
