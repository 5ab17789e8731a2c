// Requests to the server: keys, repetition, limits.

import { say, sayLimit } from './say.js';

/** @typedef {{status: number, text: string}} Answer  status 0: none came, or not all of it */

const PATIENCE_MS = 15_000;
const PAUSES_MS = [500, 1000, 2000, 4000];
/** Until when the server wants to hear nothing. */
let heldUntil = 0;

/** Who reads this page; undefined when nobody has signed in. */
export const me = () => document.body.dataset.user;

/** A key for one wish, however often it is sent. */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');

/** Where to sign in, and come back from. */
export const signInPath = () =>
  `/login?next=${encodeURIComponent(location.pathname + location.search)}`;

/** What the server says about it, or nothing. @param {Answer} answer */
export function parse(answer) {
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} options
 * @param {boolean} quiet  nobody waits for it, so that a limit is not worth a message
 * @returns {Promise<Answer>}
 */
async function once(path, options, quiet) {
  let answer = { status: 429, text: '' };
  if (Date.now() >= heldUntil) {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(path, { ...options, signal });
      answer = { status: response.status, text: await response.text() };
      if (answer.status === 429) {
        heldUntil = Date.now() + (Number(response.headers.get('Retry-After')) || 1) * 1000;
      }
    } catch {
      answer.status = 0;
    }
  }
  if (answer.status === 429 && !quiet) sayLimit(heldUntil);
  return answer;
}

/** @param {string} path @param {boolean} [quiet] */
export const get = (path, quiet = false) => once(path, {}, quiet);

/**
 * A write. What gets no answer is sent again with the same key, four times at most.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {string} [key]
 */
export async function write(method, path, body, key = newKey()) {
  /** @type {Record<string, string>} */
  const headers = { 'Idempotency-Key': key };
  if (body) headers['Content-Type'] = 'application/json';
  const options = { method, headers, body: body ? JSON.stringify(body) : null, keepalive: true };
  for (const pause of PAUSES_MS) {
    const answer = await once(path, options, false);
    if (answer.status !== 0 && answer.status !== 503) return answer;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return once(path, options, false);
}

/**
 * Says why it was refused; a limit has been said already.
 * @param {Answer} answer
 * @param {string} what  did not happen
 * @param {() => void} [again]
 */
export function explain(answer, what, again) {
  const { status } = answer;
  if (status === 429) return;
  if (status === 401) {
    say('Your session has ended.', 'Sign in', () => location.assign(signInPath()));
  } else if (status === 0 || status === 503) {
    say(`${what}: the server did not answer.`, again && 'Try again', again);
  } else {
    say(`${what}: ${parse(answer)?.detail ?? 'the server could not do it.'}`);
  }
}
