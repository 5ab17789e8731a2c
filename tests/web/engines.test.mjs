// The first journey, the dialog and Back in Firefox and in WebKit. With PICTURES=FOLDER a picture
// of each step is left there.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Api, newName, PASSWORD } from './support/api.mjs';
import { Firefox } from './support/firefox.mjs';
import { Server } from './support/server.mjs';
import { eventually } from './support/web.mjs';
import { WebKit } from './support/webkit.mjs';

const SLOW_MS = 15_000;
const TEXT = 'Written in another engine.';
const FAR = 50;
const server = new Server(['--rate-limit', 'off']);
/** @type {Api} */
let api;

before(async () => {
  await server.start();
  api = new Api(server.url);
});
after(() => server.remove());

/** @typedef {Firefox | WebKit} Engine */

/**
 * @param {Engine} engine
 * @param {string} expression
 * @param {unknown} wanted
 */
const becomes = (engine, expression, wanted) =>
  eventually(
    () => Promise.resolve(engine.evaluate(expression)).catch(() => undefined),
    wanted,
    SLOW_MS,
  );

/**
 * @param {Engine} engine
 * @param {string} name
 */
async function picture(engine, name) {
  const folder = process.env.PICTURES;
  if (folder) await engine.picture(join(folder, `${engine.constructor.name}-${name}.png`));
}

/** @param {Engine} engine */
async function joinAndWrite(engine) {
  const name = newName('mira');
  await engine.goto(`${server.url}/join`);
  await engine.type('#username', name);
  await engine.type('#password', PASSWORD);
  await engine.click('main .button.main');
  await becomes(engine, `document.querySelector('h1').textContent`, 'Home');
  await engine.click('#write-button');
  await becomes(engine, `document.activeElement.id`, 'content');
  await engine.type('#content', 'Kept by Escape');
  await picture(engine, 'dialog');
  await engine.escape();
  await becomes(engine, `document.querySelector('#compose').open`, false);
  await becomes(engine, `document.activeElement.id`, 'write-button');
  await engine.click('#write-button');
  await becomes(engine, `document.querySelector('#content').value`, 'Kept by Escape');
  await engine.evaluate(`document.querySelector('#content').select()`);
  await engine.type('#content', TEXT);
  await engine.click('#compose .button.main');
  await becomes(engine, `document.querySelector('#list .text')?.textContent`, TEXT);
  await becomes(engine, `document.activeElement.className`, 'tweet');
}

/** @param {Engine} engine */
async function followAndFavorite(engine) {
  const author = await api.join({ first_name: 'Maya', last_name: 'Lind' });
  await api.tweets(author, 70);
  await engine.goto(`${server.url}/@${author.username}`);
  await engine.click('.person .follow');
  await engine.click('#list .star');
  await becomes(
    engine,
    `document.querySelectorAll('.follow.is-on, [aria-pressed=true]').length`,
    2,
  );
  await eventually(
    async () => (await api.readTweet(author, await firstId(engine))).favorites_count,
    1,
  );
  await picture(engine, 'profile');
  return author;
}

/** @param {Engine} engine */
const firstId = async (engine) =>
  String(await engine.evaluate(`document.querySelector('#list article').dataset.id`));

/** @param {Engine} engine */
async function goBack(engine) {
  for (const n of [40, 60]) {
    await engine.evaluate(`document.querySelector('.older a')?.click()`);
    await becomes(engine, `document.querySelectorAll('#list > li').length >= ${n}`, true);
  }
  const row = `document.querySelectorAll('#list > li')[${FAR}]`;
  await engine.evaluate(`scrollTo(0, scrollY + ${row}.getBoundingClientRect().top - 200)`);
  const id = await engine.evaluate(`${row}.id`);
  const top = Number(await engine.evaluate(`${row}.getBoundingClientRect().top`));
  await engine.evaluate(`void (location.href = ${row}.querySelector('.when').href)`);
  await becomes(engine, `document.querySelectorAll('.single').length`, 1);
  await picture(engine, 'tweet');
  await engine.evaluate(`history.back()`);
  const now = `document.getElementById('${id}')?.getBoundingClientRect().top`;
  await becomes(engine, `Math.abs(${now} - ${top}) <= 2`, true);
  await becomes(engine, `document.body.inert`, false);
}

for (const Engine of [Firefox, WebKit]) {
  test(`${Engine.name}: join, the dialog, follow, favorite, Back`, {
    timeout: 120_000,
  }, async () => {
    const engine = await new Engine().start();
    try {
      await joinAndWrite(engine);
      await followAndFavorite(engine);
      await goBack(engine);
      if (engine instanceof Firefox) assert.deepEqual(engine.problems, []);
    } finally {
      await engine.close();
    }
  });
}
