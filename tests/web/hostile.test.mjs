// Texts that mean harm, in every place where a text can stand.

import assert from 'node:assert/strict';
import { HOSTILE_NAMES, HOSTILE_TEXTS } from './support/hostile_texts.mjs';
import { inkOutside } from './support/ink.mjs';
import { eventually, webTests } from './support/web.mjs';

/**
 * @typedef {import('./support/web.mjs').Page} Page
 * @typedef {import('./support/web.mjs').Visit} Visit
 */

const webTest = webTests(['--anonymous-reads']);
const MOST_HEIGHT = 420;
const NARROW = { width: 320, height: 700 };

/**
 * Somebody with a hostile name and description who wrote every hostile text.
 * @param {Visit} visit
 */
async function hostileWorld(visit) {
  const author = await visit.api.join({
    first_name: HOSTILE_NAMES[0],
    last_name: HOSTILE_NAMES[1],
    description: HOSTILE_TEXTS[0],
  });
  /** @type {Map<string, string>} */
  const texts = new Map();
  for (const text of HOSTILE_TEXTS) texts.set(await visit.api.tweet(author, text), text);
  const reader = await visit.api.join();
  await visit.api.follow(reader, author);
  return { author, texts, reader };
}

/** Every row of a list, however long. @param {Page} page @param {string} path */
async function openWhole(page, path) {
  await page.goto(path);
  while ((await page.locator('.older a').count()) > 0) {
    const n = await page.locator('#list > li').count();
    await page.locator('.older a').click();
    await eventually(async () => (await page.locator('#list > li').count()) > n, true);
  }
}

/** @param {Page} page */
const overflow = (page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return Math.max(0, scrollWidth - clientWidth);
  });

webTest('in lists: nothing runs, all is as written, nothing leaves its box', async (visit) => {
  const { author, texts, reader } = await hostileWorld(visit);
  const page = await visit.page(reader, { viewport: NARROW });
  for (const path of ['/', `/@${author.username}`, `/@${author.username}/activity`]) {
    await openWhole(page, path);
    assert.equal(await overflow(page), 0, path);
    const rows = await page.locator('#list > li').evaluateAll((all) =>
      all.map((row) => ({
        id: row.id.slice(1),
        text: /** @type {HTMLElement} */ (row.querySelector('.text')).innerText,
        height: row.getBoundingClientRect().height,
        markup: row.querySelectorAll('img, script, svg:not([aria-hidden]), [style], [onload]')
          .length,
        name: /** @type {Element} */ (row.querySelector('.who a')).getBoundingClientRect().width,
        handle: /** @type {Element} */ (row.querySelector('.who span')).getBoundingClientRect()
          .width,
        line: /** @type {Element} */ (row.querySelector('.who')).getBoundingClientRect().width,
      })),
    );
    assert.equal(rows.length, texts.size);
    for (const row of rows) {
      const wanted = texts.get(row.id) ?? '';
      assert.equal(row.text.trimEnd(), wanted.normalize('NFC').trimEnd(), path);
      assert.ok(row.height <= MOST_HEIGHT, `${row.height} px: ${wanted}`);
      assert.equal(row.markup, 0, wanted);
      assert.ok(row.name >= 20 && row.handle >= 20, `${row.name} and ${row.handle} px: ${wanted}`);
      assert.ok(row.name <= row.line * 0.62 + 1, wanted);
    }
  }
});

webTest('no ink outside a tweet', async (visit) => {
  const { author } = await hostileWorld(visit);
  for (const viewport of [NARROW, { width: 1024, height: 700 }]) {
    const page = await visit.page(undefined, { viewport });
    await openWhole(page, `/@${author.username}`);
    assert.deepEqual(await inkOutside(page, '#list > li'), []);
  }
});

webTest('on its own page a tweet is whole, and in its box', async (visit) => {
  const { author, texts } = await hostileWorld(visit);
  const page = await visit.page(undefined, { viewport: NARROW });
  for (const [id, text] of texts) {
    await page.goto(`/@${author.username}/${id}`);
    const shown = await page.locator('.single .text').innerText();
    assert.equal(shown.trimEnd(), text.normalize('NFC').trimEnd());
    assert.equal(await overflow(page), 0, text);
    assert.equal(await page.locator('main :is(img, script)').count(), 0);
  }
});

webTest(
  'names and descriptions: as written, a handle beside each, what follows reads on',
  async (visit) => {
    const { api } = visit;
    const star = await api.join();
    const [id = ''] = await api.tweets(star, 1);
    for (const [at, name] of HOSTILE_NAMES.entries()) {
      const other = await api.join({
        first_name: name,
        last_name: HOSTILE_NAMES[(at + 1) % HOSTILE_NAMES.length],
        description: HOSTILE_TEXTS[at % HOSTILE_TEXTS.length],
      });
      await api.follow(other, star);
      await api.favorite(other, star, id);
    }
    const page = await visit.page(star, { viewport: NARROW });
    for (const path of [`/@${star.username}/followers`, `/@${star.username}/${id}`]) {
      await openWhole(page, path);
      assert.equal(await overflow(page), 0, path);
      const people = await page.locator('#list > li').evaluateAll((rows) =>
        rows.map((row) => {
          const name = /** @type {HTMLElement} */ (row.querySelector('bdi'));
          const handle = /** @type {HTMLElement} */ (row.querySelector('.who > span'));
          const box = /** @type {Element} */ (row.querySelector('.who a')).getBoundingClientRect();
          return { name: name.innerText.trim(), handle: handle.innerText, width: box.width };
        }),
      );
      assert.equal(people.length, HOSTILE_NAMES.length);
      for (const { name, handle, width } of people) {
        assert.match(handle, /^@\w+$/);
        assert.ok(name && width >= 20, `${name}, ${width} px`);
      }
      assert.deepEqual(await inkOutside(page, '#list > li'), []);
    }
  },
);

webTest('profiles of such people: title, card and lists', async (visit) => {
  for (const [at, name] of HOSTILE_NAMES.entries()) {
    const description = HOSTILE_TEXTS[(3 * at) % HOSTILE_TEXTS.length] ?? '';
    const other = await visit.api.join({ first_name: name, last_name: name, description });
    const page = await visit.page(undefined, { viewport: NARROW });
    await page.goto(`/@${other.username}`);
    assert.equal(await overflow(page), 0, name);
    assert.match(await page.title(), new RegExp(other.username));
    const about = await page.locator('.about').innerText();
    assert.equal(about.trim(), description.normalize('NFC').trim());
    assert.equal(await page.locator('.handle').innerText(), `@${other.username}`);
    await page.context().close();
  }
});

webTest('in the search while typing they are texts too', async (visit) => {
  const other = await visit.api.join({ first_name: '<img src=x onerror=alert(1)>' });
  const page = await visit.page(await visit.api.join());
  await page.goto('/');
  await page.locator('#who').fill(other.username);
  const option = page.getByRole('option').first();
  await option.waitFor();
  assert.match(await option.innerText(), /^<img src=x onerror=alert\(1\)> @/);
});

webTest('links lead where they say, mentions to whom they name', async (visit) => {
  const author = await visit.api.join();
  const text =
    'https://a@b javascript:alert(1) data:text/html,x http://example.org/x @maya a@b.example @a@b';
  const id = await visit.api.tweet(author, text);
  const page = await visit.page();
  await page.goto(`/@${author.username}/${id}`);
  const links = await page
    .locator('.single .text a')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  assert.ok(links.includes('http://example.org/x') && links.includes('/@maya'));
  for (const href of links) assert.match(href ?? '', /^(https?:\/\/|\/@maya$)/);
});
