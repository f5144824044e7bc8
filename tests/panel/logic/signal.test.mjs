// SPDX-License-Identifier: MIT
// signal - what is watched, when effects run, and what goes with a scope.

import assert from 'node:assert/strict';
import test from 'node:test';

import { computed, effect, flush, onEnd, scope, signal, untracked } from '../../../www/lib/signal.js';

test('an effect runs at once, and again when what it read has changed', () => {
    const s = signal(1);
    const seen = [];
    effect(() => seen.push(s()));
    s.set(2);
    flush();
    s.set(2);
    flush();
    assert.deepEqual(seen, [1, 2]);
});

test('several changes cost one run', () => {
    const a = signal(1);
    const b = signal(1);
    let runs = 0;
    effect(() => {
        a();
        b();
        runs++;
    });
    a.set(2);
    b.set(2);
    a.set(3);
    flush();
    assert.equal(runs, 2);
});

test('effects run by themselves, a microtask later', async () => {
    const s = signal(1);
    const seen = [];
    effect(() => seen.push(s()));
    s.set(2);
    assert.deepEqual(seen, [1]);
    await Promise.resolve();
    assert.deepEqual(seen, [1, 2]);
});

test('what is no longer read is no longer watched', () => {
    const which = signal(true);
    const a = signal('a');
    let runs = 0;
    effect(() => {
        runs++;
        if (which())
            a();
    });
    which.set(false);
    flush();
    a.set('b');
    flush();
    assert.equal(runs, 2);
});

test('a computed value is worked out when it is read, and once', () => {
    const s = signal(2);
    let works = 0;
    const double = computed(() => {
        works++;
        return s() * 2;
    });
    assert.equal(works, 0);
    assert.equal(double() + double(), 8);
    assert.equal(works, 1);
    s.set(3);
    assert.equal(double(), 6);
});

test('an effect does not run when a computed value stays the same', () => {
    const s = signal(1);
    const isOdd = computed(() => s() % 2 === 1);
    let runs = 0;
    effect(() => {
        isOdd();
        runs++;
    });
    s.set(3);
    flush();
    assert.equal(runs, 1);
    s.set(4);
    flush();
    assert.equal(runs, 2);
});

test('effects end with their scope, in an effect before its next run, and nothing runs after', () => {
    const s = signal(0);
    const log = [];
    const mine = scope(() => effect(() => {
        const v = s();
        onEnd(() => log.push(`end ${v}`));
        effect(() => log.push(`inner ${v}`));
    }));
    s.set(1);
    flush();
    mine.end();
    s.set(2);
    flush();
    assert.deepEqual(log, ['inner 0', 'end 0', 'inner 1', 'end 1']);
});

test('one that fails does not keep the others from running', () => {
    const s = signal(0);
    let runs = 0;
    const told = [];
    const before = console.error;
    console.error = (e) => told.push(e.message);
    effect(() => {
        if (s() === 1)
            throw new Error('first');
    });
    effect(() => {
        s();
        runs++;
    });
    s.set(1);
    flush();
    console.error = before;
    assert.equal(runs, 2);
    assert.deepEqual(told, ['first']);
});

test('untracked and peek read without watching', () => {
    const a = signal(1);
    const b = signal(1);
    let runs = 0;
    effect(() => {
        untracked(() => a());
        b.peek();
        runs++;
    });
    a.set(2);
    b.set(2);
    flush();
    assert.equal(runs, 1);
});

test('effects that set each other off for ever are stopped, and told of', async () => {
    const s = signal(0);
    const told = [];
    const before = console.error;
    console.error = (e) => told.push(e.message);
    const end = effect(() => s.set(s() + 1));
    await new Promise((resolve) => setTimeout(resolve, 10));
    console.error = before;
    end();
    assert.ok(s.peek() <= 1000);
    assert.equal(told.length, 1);
});

test('a computed value ends with what made it: what outlives it does not wake it', () => {
    const address = signal('a');
    let runs = 0;
    let heard = 0;
    let upper;
    const screen = scope(() => {
        upper = computed(() => {
            runs++;
            return address().toUpperCase();
        });
        effect(() => upper() && heard++);
    });
    assert.equal(runs, 1);
    screen.end();
    const end = effect(() => upper() && heard++);
    heard = 0;
    address.set('b');
    flush();
    assert.equal(heard, 0, 'nobody is told by what has ended');
    assert.equal(upper(), 'B', 'who asks all the same is told the truth');
    end();
});
