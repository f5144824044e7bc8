// SPDX-License-Identifier: MIT
// try_run - one question on its way: sends it, reads the stream, measures; what comes in is a signal.
//
// The pass that opens the doors of clients lives in memory, and only as long as the gateway lets it.

import { post, url } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { signal } from '../lib/signal.js';
import { ask, emptyAnswer, events, routeHeaders, timings, wholeAnswer, withEvent } from '../lib/try.js';

const SHOW_MS = 60; // between two looks at a stream: often enough for eyes, seldom enough for the page
const MOST_RAW = 500; // raw events that are kept
const EARLY_MS = 10000; // before its end a pass is asked for anew

let pass = null;

async function passNow() {
    if (!pass || pass.untilMs < Date.now()) {
        const made = await post('api/try', {});
        pass = { key: made.key, untilMs: Date.now() + made.seconds * 1000 - EARLY_MS };
    }
    return pass.key;
}

const nothing = { state: 'idle', answer: emptyAnswer(), raw: [], rawMore: 0, status: 0, headers: [], timings: [], id: null, fault: null, headMs: null, firstMs: null, totalMs: null };

async function send(asked, abort) {
    return fetch(url(asked.path), { method: 'POST', headers: asked.headers, body: JSON.stringify(asked.body), signal: abort, cache: 'no-store', credentials: 'omit' });
}

// A refused pass is asked for once more: the gateway may have been restarted, another session begun.  begin is called when the
// question goes out: what a pass takes is not its time.
async function open(family, question, abort, begin) {
    for (let isAgain = false; ; isAgain = true) {
        const key = await passNow();
        abort.throwIfAborted();
        begin();
        const answer = await send(ask(family, question, key), abort);
        if (answer.status !== 401 || isAgain)
            return answer;
        pass = null;
    }
}

const headOf = (answer) => ({ status: answer.status, headers: routeHeaders(answer.headers), timings: timings(answer.headers.get('server-timing')), id: answer.headers.get('x-request-id') });

async function readStream(family, answer, take) {
    const reader = events();
    const body = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const { value, done } = await body.read();
        if (done)
            return;
        take(reader.feed(value));
    }
}

// Collects events, and shows them together now and then.
function collector(family, run, began) {
    const now = { answer: emptyAnswer(), raw: [], rawMore: 0, firstMs: null };
    let timer = 0;
    const show = () => {
        timer = 0;
        run.update((all) => ({ ...all, ...now, raw: [...now.raw] }));
    };
    return {
        take(list) {
            for (const e of list) {
                now.answer = withEvent(family, now.answer, e);
                if (now.raw.length < MOST_RAW)
                    now.raw.push({ ms: performance.now() - began, ...e });
                else
                    now.rawMore++;
            }
            if (now.firstMs === null && (now.answer.text || now.answer.reasoning))
                now.firstMs = performance.now() - began;
            timer ||= setTimeout(show, SHOW_MS);
        },
        end() {
            clearTimeout(timer);
            show();
        },
    };
}

async function readWhole(family, answer, run, began) {
    const text = await answer.text();
    run.update((all) => ({ ...all, answer: wholeAnswer(family, text), raw: [{ ms: performance.now() - began, event: '', data: text }], firstMs: answer.ok ? performance.now() - began : null }));
}

async function play(family, question, run, abort, begin) {
    let began = 0;
    const answer = await open(family, question, abort, () => {
        began = begin();
    });
    run.update((all) => ({ ...all, ...headOf(answer), state: 'reading', headMs: performance.now() - began }));
    if (!(answer.headers.get('content-type') ?? '').includes('event-stream')) {
        await readWhole(family, answer, run, began);
        return;
    }
    const taken = collector(family, run, began);
    try {
        await readStream(family, answer, taken.take);
    } finally {
        taken.end();
    }
}

// {state: a signal of what there is, start(family, question), stop()}; states: idle, waiting, reading, done, failed, stopped.
export function tryRun() {
    const run = signal(nothing);
    let abort = null;
    return {
        state: run,
        stop: () => abort?.abort(),
        async start(family, question) {
            abort?.abort();
            const mine = abort = new AbortController();
            let began = performance.now();
            const begin = () => (began = performance.now());
            run.set({ ...nothing, state: 'waiting' });
            let end = { state: 'done' };
            try {
                await play(family, question, run, mine.signal, begin);
                if (run.peek().answer.error || run.peek().status >= 400)
                    end = { state: 'failed' };
            } catch (e) {
                end = mine.signal.aborted ? { state: 'stopped' } : { state: 'failed', fault: e.status === 0 || e instanceof TypeError ? t('common.unreachable') : e.message };
            }
            if (mine === abort)
                run.update((all) => ({ ...all, ...end, totalMs: performance.now() - began }));
        },
    };
}
