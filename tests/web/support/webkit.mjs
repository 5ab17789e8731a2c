// WebKit by plain WebDriver: Debian's WebKitWebDriver with its MiniBrowser, on a screen of its own.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { eventually } from './web.mjs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const START_MS = 15_000;

/** Where Debian keeps it: below a folder of the machine's architecture. */
function miniBrowser() {
  const root = '/usr/lib';
  for (const architecture of readdirSync(root)) {
    const binary = `${root}/${architecture}/webkit2gtk-4.1/MiniBrowser`;
    if (existsSync(binary)) return binary;
  }
  throw new Error('there is no MiniBrowser; tools/setup web installs it');
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((done) => server.close(done));
  return port;
}

export class WebKit {
  async start() {
    const port = await freePort();
    this.driver = `http://127.0.0.1:${port}`;
    const command = ['-a', '-s', '-screen 0 1280x900x24', 'WebKitWebDriver', `--port=${port}`];
    // Its sandbox does not run for root. A group of its own, so that the screen ends with it.
    const env = { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
    this.process = spawn('xvfb-run', command, { env, stdio: 'ignore', detached: true });
    const options = { binary: miniBrowser(), args: ['--automation'] };
    await eventually(
      () =>
        fetch(`${this.driver}/status`).then(
          ({ ok }) => ok,
          () => false,
        ),
      true,
      START_MS,
    );
    const { sessionId } = await this.call('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
    });
    this.session = `/session/${sessionId}`;
    return this;
  }

  async close() {
    await this.call('DELETE', this.session ?? '').catch(() => undefined);
    if (this.process?.pid) process.kill(-this.process.pid);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async call(method, path, body) {
    const response = await fetch(this.driver + path, {
      method,
      body: body ? JSON.stringify(body) : null,
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  }

  /** @param {string} url */
  goto(url) {
    return this.call('POST', `${this.session}/url`, { url });
  }

  /** @param {string} expression */
  evaluate(expression) {
    return this.call('POST', `${this.session}/execute/sync`, {
      script: `return ${expression}`,
      args: [],
    });
  }

  /** @param {string} selector */
  async element(selector) {
    const body = { using: 'css selector', value: selector };
    const found = await this.call('POST', `${this.session}/element`, body);
    return `${this.session}/element/${found[ELEMENT]}`;
  }

  /** @param {string} selector */
  async click(selector) {
    await this.call('POST', `${await this.element(selector)}/click`, {});
  }

  /**
   * @param {string} selector
   * @param {string} text
   */
  async type(selector, text) {
    await this.call('POST', `${await this.element(selector)}/value`, { text });
  }

  async escape() {
    const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value: '\ue00c' }));
    const body = { actions: [{ type: 'key', id: 'keys', actions }] };
    await this.call('POST', `${this.session}/actions`, body);
  }

  /** @param {string} path */
  async picture(path) {
    const data = await this.call('GET', `${this.session}/screenshot`);
    await writeFile(path, Buffer.from(data, 'base64'));
  }
}
