// Ages and counts are said by the script as by the server: both read the same cases.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { age, count, exact, hasInk, isBlank, length } from '../../server/web/assets/text.js';

const CASES = new URL('../server/web/phrases.json', import.meta.url);

test('ages and counts', async () => {
  const { ages, counts } = JSON.parse(await readFile(CASES, 'utf8'));
  assert.ok(ages.length > 0 && counts.length > 0);
  for (const { from, now, text } of ages) {
    assert.equal(age(new Date(from), new Date(now)), text, `${from} at ${now}`);
  }
  for (const { n, text, exact: whole } of counts) {
    assert.equal(count(n), text);
    assert.equal(exact(n), whole);
  }
});

test('lengths, ink and blanks', () => {
  assert.equal(length('e\u0301'), 1);
  assert.equal(length('👨‍👩‍👧‍👦'), 7);
  for (const text of ['', ' \n\u2003\u0085']) assert.ok(isBlank(text));
  for (const text of ['\ufeff', '\u3164', '\u2800', 'a']) assert.ok(!isBlank(text));
  for (const text of ['', ' ', '\u3164', '\u2800', '\u200d\ufeff']) assert.ok(!hasInk(text));
  for (const text of ['a', '.', '🏳️', '\u0301']) assert.ok(hasInk(text));
});
