// SPDX-License-Identifier: MIT
// csv - what a spreadsheet reads is what stood in the table.

import assert from 'node:assert/strict';
import test from 'node:test';

import { csv } from '../../../www/lib/csv.js';

test('rows, numbers and nothing', () => {
    assert.equal(csv([['name', 'requests'], ['a', 3], ['b', null], ['c', 0.5]]), 'name,requests\r\na,3\r\nb,\r\nc,0.5\r\n');
});

test('commas, quotes and lines are kept', () => {
    assert.equal(csv([['a,b', 'say "x"', 'two\nlines']]), '"a,b","say ""x""","two\nlines"\r\n');
});

test('no text is a formula; numbers below zero stay numbers', () => {
    assert.equal(csv([['=1+1', '@x', '-a', -1]]), "'=1+1,'@x,'-a,-1\r\n");
});
