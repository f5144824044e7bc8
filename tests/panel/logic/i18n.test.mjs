// SPDX-License-Identifier: MIT
// i18n - words are chosen by language and number, and filled in.

import assert from 'node:assert/strict';
import test from 'node:test';

import { has, locale, setLanguage, t, tOr, words } from '../../../www/lib/i18n.js';

words('sample', {
    hello: ['Hello {who}', '你好 {who}'],
    keys: [{ one: '{n} key', other: '{n} keys' }, '{n} 个密钥'],
});

test('the language chooses', () => {
    setLanguage('en');
    assert.equal(t('sample.hello', { who: 'x' }), 'Hello x');
    setLanguage('zh');
    assert.equal(t('sample.hello', { who: 'x' }), '你好 x');
    assert.equal(locale(), 'zh-CN');
});

test('the number chooses, and is written as the language writes it', () => {
    setLanguage('en');
    assert.deepEqual([0, 1, 2, 12345].map((n) => t('sample.keys', { n })), ['0 keys', '1 key', '2 keys', '12,345 keys']);
    setLanguage('zh');
    assert.equal(t('sample.keys', { n: 1 }), '1 个密钥');
});

test('what is filled in is not filled in again', () => {
    setLanguage('en');
    assert.equal(t('sample.hello', { who: '{who}' }), 'Hello {who}');
    assert.equal(t('sample.hello', {}), 'Hello {who}');
});

test('a missing word shows itself', () => {
    assert.equal(t('sample.nothing'), '‹sample.nothing›');
    assert.equal(has('sample.nothing'), false);
});

test('names that the gateway may invent stand for themselves', () => {
    assert.equal(tOr('sample', 'hello'), 'Hello {who}');
    assert.equal(tOr('sample', 'brand_new'), 'brand_new');
    assert.equal(tOr('sample', null), '');
});
