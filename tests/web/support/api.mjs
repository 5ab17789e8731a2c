// The REST API, for what a test needs to be there before it looks.

import assert from 'node:assert/strict';

export const PASSWORD = 'lantern walk';

let made = 0;

/** A name that no other test of this file has. */
export const newName = (stem = 'reader') => `${stem}_${process.pid}_${++made}`.slice(0, 30);

/** @typedef {{username: string, token: string}} Member */

export class Api {
  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: object, token?: string | undefined}} [options]
   */
  async call(method, path, { body, token } = {}) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (body) headers['Content-Type'] = 'application/json';
    if (token) headers.Authorization = `Bearer ${token}`;
    const response = await fetch(this.url + path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** A new member with a session. @param {object} [fields] @returns {Promise<Member>} */
  async join(fields = {}) {
    const user = { username: newName(), password: PASSWORD, ...fields };
    await this.call('POST', '/api/users', { body: user });
    return { username: user.username, token: await this.signIn(user.username, user.password) };
  }

  /** @param {string} username @param {string} [password] @returns {Promise<string>} */
  async signIn(username, password = PASSWORD) {
    const body = { username, password };
    return (await this.call('POST', '/api/sessions', { body })).token;
  }

  /** @param {Member} author @param {string} content @returns {Promise<string>} its id */
  async tweet({ username, token }, content) {
    const path = `/api/users/${username}/tweets`;
    return (await this.call('POST', path, { token, body: { content } })).id;
  }

  /**
   * Tweets `1` to `n`, the last of which is the newest.
   * @param {Member} author
   * @param {number} n
   */
  async tweets(author, n) {
    const ids = [];
    for (let number = 1; number <= n; number += 1) {
      ids.push(await this.tweet(author, `Tweet number ${number} of ${author.username}`));
    }
    return ids;
  }

  /** @param {Member} author @param {string} id */
  remove({ username, token }, id) {
    return this.call('DELETE', `/api/users/${username}/tweets/${id}`, { token });
  }

  /** @param {Member} who @param {Member} whom */
  follow({ token }, whom) {
    return this.call('POST', `/api/users/${whom.username}/followers`, { token });
  }

  /** @param {Member} who @param {Member} author @param {string} id */
  favorite({ token }, author, id) {
    return this.call('POST', `/api/users/${author.username}/tweets/${id}/favorites`, { token });
  }

  /** The texts of somebody's tweets, newest first. @param {Member} author */
  async texts({ username, token }) {
    const path = `/api/users/${username}/tweets?limit=100`;
    const { items } = await this.call('GET', path, { token });
    return items.map((/** @type {{content: string}} */ tweet) => tweet.content);
  }

  /** @param {Member} author @param {string} id @param {Member} [reader] */
  readTweet({ username, token }, id, reader) {
    const path = `/api/users/${username}/tweets/${id}?expand=viewer`;
    return this.call('GET', path, { token: reader?.token ?? token });
  }
}
