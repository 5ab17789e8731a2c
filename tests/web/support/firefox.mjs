// Firefox by WebDriver BiDi, with the same few calls as WebKit.

import puppeteer from 'puppeteer-core';

export class Firefox {
  async start() {
    this.browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
      headless: true,
    });
    this.page = await this.browser.newPage();
    /** @type {string[]} */
    this.problems = [];
    this.page.on('console', (message) => this.problems?.push(message.text()));
    this.page.on('pageerror', (error) => this.problems?.push(String(error)));
    await this.page.setViewport({ width: 1280, height: 900 });
    return this;
  }

  async close() {
    await this.browser?.close();
  }

  /** @param {string} url */
  goto(url) {
    return this.page?.goto(url);
  }

  /** @param {string} expression */
  evaluate(expression) {
    return this.page?.evaluate(expression);
  }

  /** @param {string} selector */
  click(selector) {
    return this.page?.click(selector);
  }

  /**
   * @param {string} selector
   * @param {string} text
   */
  async type(selector, text) {
    await this.page?.type(selector, text);
  }

  async escape() {
    await this.page?.keyboard.press('Escape');
  }

  /** @param {string} path */
  async picture(path) {
    await this.page?.screenshot({ path: /** @type {`${string}.png`} */ (path) });
  }
}
