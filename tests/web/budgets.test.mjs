// How much, how quick: the table of numbers, each the median of seven cold loads where it is a
// time. With SHOW=1 every number is printed.

import assert from 'node:assert/strict';
import { eventually, webTests } from './support/web.mjs';

/**
 * @typedef {import('./support/web.mjs').Page} Page
 * @typedef {import('./support/web.mjs').Visit} Visit
 * @typedef {import('playwright-core').CDPSession} Devtools
 */

const webTest = webTests();
const LOADS = 7;
const KB = 1024;
const SLOW_4G = { kbit: 1600, latency: 150 };
const SLOW_3G = { kbit: 400, latency: 400 };

/** @param {number[]} numbers */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** @param {string} what @param {number} value @param {number} most */
function assertAtMost(what, value, most) {
  if (process.env.SHOW)
    console.log(`${what}: ${Math.round(value * 1000) / 1000} (at most ${most})`);
  assert.ok(value <= most, `${what}: ${value}, at most ${most}`);
}

/** A reader whose home has 20 tweets and more. @param {Visit} visit @param {number} [tweets] */
async function readerOf(visit, tweets = 25) {
  const author = await visit.api.join({ first_name: 'Maya', last_name: 'Lind' });
  const reader = await visit.api.join({ first_name: 'Arjun', last_name: 'Rao' });
  await visit.api.follow(reader, author);
  const text = 'Four in the morning, the oven is warm and the whole street smells of rye.';
  for (let n = 1; n <= tweets; n += 1) await visit.api.tweet(author, `${text} ${n}`);
  return { author, reader };
}

/**
 * A cold load of home in a new profile.
 * @param {Visit} visit
 * @param {import('./support/web.mjs').Member} reader
 * @param {(devtools: Devtools) => Promise<unknown>} prepare
 * @param {(page: Page, devtools: Devtools) => Promise<number>} measure
 */
async function coldLoad(visit, reader, prepare, measure) {
  const page = await visit.page(reader);
  const devtools = await page.context().newCDPSession(page);
  await prepare(devtools);
  await page.goto('/', { waitUntil: 'load' });
  const value = await measure(page, devtools);
  await page.context().close();
  return value;
}

/** @param {Page} page */
const largestPaint = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) =>
          resolve(list.getEntries().at(-1)?.startTime ?? 0),
        ).observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );

webTest('bytes and requests of a first visit, and of the next page', async (visit) => {
  const { author, reader } = await readerOf(visit);
  const page = await visit.page(reader);
  const devtools = await page.context().newCDPSession(page);
  /** @type {Map<string, {path: string, bytes: number}>} */
  const answers = new Map();
  await devtools.send('Network.enable');
  devtools.on('Network.requestWillBeSent', ({ requestId, request }) => {
    answers.set(requestId, { path: new URL(request.url).pathname, bytes: 0 });
  });
  // What the browser has already is no request.
  devtools.on('Network.requestServedFromCache', ({ requestId }) => answers.delete(requestId));
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.fromDiskCache) answers.delete(requestId);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const answer = answers.get(requestId);
    if (answer) answer.bytes = encodedDataLength;
  });
  await page.goto('/', { waitUntil: 'networkidle' });
  const sizes = [...answers.values()];
  const sizeOf = (/** @type {RegExp} */ path) =>
    sizes.filter((answer) => path.test(answer.path)).reduce((sum, { bytes }) => sum + bytes, 0);
  assertAtMost('all bytes', sizeOf(/./), 20 * KB);
  assertAtMost('requests', sizes.length, 4);
  assertAtMost('HTML', sizeOf(/^\/$/), 7 * KB);
  assertAtMost('CSS', sizeOf(/\.css$/), 6 * KB);
  assertAtMost('script', sizeOf(/\.js$/), 8 * KB);
  assert.equal(await page.locator('#list > li').count(), 20);
  answers.clear();
  await page.goto(`/@${author.username}`, { waitUntil: 'networkidle' });
  const next = [...answers.values()].filter(({ path }) => !path.includes('favicon'));
  assertAtMost('requests of the next page', next.length, 1);
});

webTest('nothing shifts, on loading and through every action', async (visit) => {
  const { author, reader } = await readerOf(visit, 70);
  const page = await visit.page(reader);
  await page.addInitScript(() => {
    /** @type {any} */ (globalThis).shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources, hadRecentInput } = /** @type {any} */ (entry);
        // Older rows that were asked for move the foot; what counts is what nobody asked for.
        if (hadRecentInput) continue;
        /** @type {any} */ (globalThis).shift += value;
        const nodes = sources.map((/** @type {any} */ { node }) => node?.outerHTML?.slice(0, 80));
        console.error(`shift ${value}: ${nodes.join(' | ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const shift = () => page.evaluate(() => /** @type {any} */ (globalThis).shift);
  await page.goto(`/@${author.username}`, { waitUntil: 'networkidle' });
  await page.locator('.person .follow').click();
  await page.locator('.person .follow').click();
  await page.locator('#list .star').first().click();
  await page.locator('#write-button').click();
  await page.locator('#content').fill('a\nb\nc\nd\ne\nf');
  await page.keyboard.press('Escape');
  await page.locator('.me').click();
  await page.keyboard.press('Escape');
  await page.locator('.older a').click();
  await eventually(async () => (await page.locator('#list > li').count()) >= 40, true);
  assertAtMost('layout shift', await shift(), 0);
});

for (const [name, { kbit, latency }, most, mostSlow] of /** @type {const} */ ([
  ['slow 4G', SLOW_4G, 1000, 2000],
  ['slow 3G', SLOW_3G, 1800, 3000],
])) {
  webTest(`largest paint on ${name}`, async (visit) => {
    const { reader } = await readerOf(visit);
    for (const [rate, limit] of /** @type {const} */ ([
      [1, most],
      [4, mostSlow],
    ])) {
      const paints = [];
      for (let load = 0; load < LOADS; load += 1) {
        const prepare = async (/** @type {Devtools} */ devtools) => {
          const bytes = (kbit * 1000) / 8;
          await devtools.send('Network.enable');
          await devtools.send('Network.emulateNetworkConditions', {
            offline: false,
            latency,
            downloadThroughput: bytes,
            uploadThroughput: bytes,
          });
          await devtools.send('Emulation.setCPUThrottlingRate', { rate });
        };
        paints.push(await coldLoad(visit, reader, prepare, (page) => largestPaint(page)));
      }
      assertAtMost(`largest paint on ${name}, CPU/${rate} (ms)`, median(paints), limit);
    }
  });
}

webTest('main thread of a cold home page', async (visit) => {
  const { reader } = await readerOf(visit);
  /** @type {number[]} */
  const tasks = [];
  /** @type {number[]} */
  const scripts = [];
  for (let load = 0; load < LOADS; load += 1) {
    const prepare = (/** @type {Devtools} */ devtools) =>
      devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    await coldLoad(visit, reader, prepare, async (page, devtools) => {
      await page.waitForLoadState('networkidle');
      const { metrics } = await devtools.send('Performance.getMetrics');
      const of = (/** @type {string} */ name) =>
        (metrics.find((metric) => metric.name === name)?.value ?? Number.NaN) * 1000;
      tasks.push(of('TaskDuration'));
      scripts.push(of('ScriptDuration'));
      return 0;
    });
  }
  assertAtMost('main thread (ms of CPU)', median(tasks), 200);
  assertAtMost('script (ms of CPU)', median(scripts), 40);
});

webTest('from press to paint, on a slow CPU', async (visit) => {
  const { author, reader } = await readerOf(visit);
  const page = await visit.page(reader);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.goto(`/@${author.username}`);
  await page.evaluate(() => {
    document.addEventListener(
      'pointerup',
      () => {
        const start = performance.now();
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => {
            /** @type {any} */ (globalThis).painted = performance.now() - start;
          };
          channel.port2.postMessage(0);
        });
      },
      { capture: true },
    );
  });
  for (const [name, selector] of /** @type {const} */ ([
    ['star', '#list .star'],
    ['follow', '.person .follow'],
    ['Write', '#write-button'],
  ])) {
    const times = [];
    for (let press = 0; press < LOADS; press += 1) {
      await page.locator(selector).first().click();
      await eventually(
        () => page.evaluate(() => typeof (/** @type {any} */ (globalThis).painted)),
        'number',
      );
      times.push(await page.evaluate(() => /** @type {any} */ (globalThis).painted));
      if (name === 'Write') await page.keyboard.press('Escape');
    }
    assertAtMost(`${name}, press to paint (ms)`, median(times), 100);
  }
});

webTest('a thousand tweets: scrolling, memory, and the end of loading', async (visit) => {
  const { author, reader } = await readerOf(visit, 1020);
  const page = await visit.page(reader);
  const devtools = await page.context().newCDPSession(page);
  await page.goto(`/@${author.username}`);
  const rows = page.locator('#list > li');
  await page.evaluate(async () => {
    const list = /** @type {HTMLElement} */ (document.getElementById('list'));
    for (let n = list.childElementCount; n < 1000; n = list.childElementCount) {
      /** @type {HTMLElement | null} */ (document.querySelector('.older a'))?.click();
      while (list.childElementCount === n) await new Promise((done) => setTimeout(done, 2));
    }
    scrollTo(0, 0);
  });
  assert.equal(await rows.count(), 1000);
  const frames = await page.evaluate(async () => {
    const times = [];
    let last = performance.now();
    for (let frame = 0; frame < 120; frame += 1) {
      scrollBy(0, 400);
      const now = await new Promise((done) => requestAnimationFrame(done));
      times.push(now - last);
      last = now;
    }
    return times;
  });
  assertAtMost('median frame while scrolling (ms)', median(frames), 20);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  assertAtMost('heap (MB)', usedSize / 1e6, 10);
  await page.locator('.older a').click();
  await page.waitForURL('**/*cursor=*');
  assert.equal(await rows.count(), 20);
});
