// What every browser test stands on: a server, a browser, and the rule that nothing may go wrong
// unseen. A console message, an error of a page, a breach of the policy or a request to elsewhere
// fails the test in which it happens.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Api } from './api.mjs';
import { FaultProxy } from './proxy.mjs';
import { Server } from './server.mjs';

export const WAIT_MS = 8000;
const ASK_MS = 2000;
const TRY_MS = 90_000;
const TEST_MS = 2 * TRY_MS + 20_000;
const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** The options of a browser whose back/forward cache is on, as in everybody's. */
export const BROWSER_OPTIONS = {
  executablePath: PROGRAM,
  headless: !process.env.WINDOW,
  args: ['--no-sandbox', '--disable-gpu'],
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
};

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Browser} Browser
 * @typedef {import('playwright-core').BrowserContextOptions} ContextOptions
 * @typedef {import('./api.mjs').Member} Member
 */

/** What a test has to do with: who visits what, and what was seen going wrong. */
export class Visit {
  /** @param {Server} server @param {Browser} browser */
  constructor(server, browser) {
    this.server = server;
    this.browser = browser;
    this.api = new Api(server.url);
    /** @type {string[]} */
    this.problems = [];
    /** @type {RegExp[]} */
    this.expected = [];
    /** @type {(() => Promise<unknown>)[]} */
    this.endings = [];
  }

  /** From here on such messages of the console are no fault. @param {RegExp} pattern */
  expect(pattern) {
    this.expected.push(pattern);
  }

  /** @param {string} problem */
  note(problem) {
    if (!this.expected.some((pattern) => pattern.test(problem))) this.problems.push(problem);
  }

  /**
   * A new browser profile, signed in when there is a member.
   * @param {Member} [member]
   * @param {ContextOptions & {url?: string}} [options]  url: of a proxy before the server
   */
  async context(member, { url = this.server.url, ...options } = {}) {
    const context = await this.browser.newContext({
      baseURL: url,
      viewport: { width: 1024, height: 768 },
      ...options,
    });
    context.setDefaultTimeout(WAIT_MS);
    // A page that has come back from the browser's cache may never be told closed.
    this.endings.push(() => Promise.race([context.close(), pause(ASK_MS)]));
    if (member) await context.addCookies([sessionCookie(member.token, url)]);
    context.on('page', (page) => this.watch(page, url));
    return context;
  }

  /**
   * A page of a new profile.
   * @param {Member} [member]
   * @param {ContextOptions & {url?: string}} [options]
   */
  async page(member, options) {
    return (await this.context(member, options)).newPage();
  }

  /** @param {Page} page @param {string} url */
  watch(page, url) {
    page.on('console', (message) =>
      this.note(`console: ${message.text()} ${message.location().url}`),
    );
    page.on('pageerror', (error) => this.note(`error: ${error.stack}`));
    page.on('request', (request) => {
      const address = request.url();
      if (!address.startsWith(`${url}/`) && !/^(data|about|blob):/.test(address)) {
        this.note(`asked elsewhere: ${address}`);
      }
    });
  }

  /** A proxy before the server; it ends with the test. */
  async proxy() {
    const proxy = await new FaultProxy(this.server.url).start();
    this.endings.push(() => proxy.stop());
    return proxy;
  }

  /**
   * With FAILURES=FOLDER, what every page looked like when a test failed.
   * @param {string} name
   */
  async takePictures(name) {
    const folder = process.env.FAILURES;
    if (!folder) return;
    const pages = this.browser.contexts().flatMap((context) => context.pages());
    for (const [number, page] of pages.entries()) {
      const path = join(folder, `${name.replaceAll(/\W+/g, '-')}-${number}.png`);
      await page.screenshot({ path }).catch(() => undefined);
    }
    console.log(this.problems.join('\n'));
  }

  async end() {
    for (const ending of this.endings.reverse()) await ending();
  }
}

/** @param {string} token @param {string} url */
export const sessionCookie = (token, url) =>
  /** @type {const} */ ({
    name: 'warble_session',
    value: token,
    url,
    httpOnly: true,
    sameSite: 'Lax',
  });

/**
 * One server and one browser for the tests of a file.
 * @param {string[]} [options]  of warbled
 */
export function webTests(options = []) {
  const server = new Server(['--rate-limit', 'off', ...options]);
  /** @type {Browser} */
  let browser;
  before(async () => {
    await server.start();
    browser = await chromium.launch(BROWSER_OPTIONS);
  });
  after(async () => {
    await browser?.close();
    await server.remove();
  });

  /** @param {string} name @param {(visit: Visit) => Promise<void>} body */
  async function attempt(name, body) {
    const visit = new Visit(server, browser);
    const tooLong = new Promise((_, reject) => {
      const error = new Error(`not done after ${TRY_MS / 1000} s`);
      setTimeout(reject, TRY_MS, error).unref();
    });
    try {
      await Promise.race([body(visit), tooLong]);
    } catch (error) {
      await visit.takePictures(name);
      throw error;
    } finally {
      await visit.end();
    }
    assert.deepEqual(visit.problems, []);
  }

  /**
   * A driver now and then loses a browser's answer when a page goes or comes back, so a test that
   * fails is tried once more, and says so. A fault of ours fails both times.
   * @param {string} name @param {(visit: Visit) => Promise<void>} body
   */
  return (name, body) =>
    test(name, { timeout: TEST_MS }, async () => {
      try {
        await attempt(name, body);
      } catch (error) {
        console.log(`# failed once: ${name}`, error);
        await attempt(name, body);
      }
    });
}

/** @param {number} ms @returns {Promise<undefined>} */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms, undefined));

/**
 * Waits until a question has the answer; says which it had last.
 * @param {() => unknown} ask
 * @param {unknown} wanted
 */
export async function eventually(ask, wanted, timeout = WAIT_MS) {
  const end = Date.now() + timeout;
  let last;
  do {
    // A question that a navigation swallowed is asked again.
    last = await Promise.race([ask(), pause(ASK_MS)]);
    if (isEqual(last, wanted)) return;
    await pause(20);
  } while (Date.now() < end);
  assert.deepEqual(last, wanted);
}

/** @param {unknown} one @param {unknown} other */
function isEqual(one, other) {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}
