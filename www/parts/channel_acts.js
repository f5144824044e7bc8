// SPDX-License-Identifier: MIT
// channel_acts - what can be done with a channel, and its menu; each act tells what came of it and calls done().

import { del, get, patch, post } from '../lib/api.js';
import { took } from '../lib/format.js';
import { t, tOr } from '../lib/i18n.js';
import { signal } from '../lib/signal.js';
import { complain, say } from '../lib/toast.js';
import { canReset, copyOf, isFixed, promotionOf, verdictOf, websiteOf } from './channel_state.js';
import { destroy } from './ui.js';
import '../text/channels.js';

const PROMOTE_S = 300;
const KEPT_MS = 300000; // a test says nothing after a while
const AT_ONCE = 4;

// A name may run from right to left, or say that what follows does: it stands alone in whatever text it comes into.
const TURNS = /[\u0590-\u08ff\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/;
const isolated = (name) => (TURNS.test(name) ? `\u2068${name}\u2069` : name);
export const nameOf = (c) => isolated(c.name || c.id);
const path = (c, rest = '') => `api/channels/${encodeURIComponent(c.id)}${rest}`;

// Tests of this page: id → signal of {isOk, ms, failed, stages, atMs} or null; {isBusy: true} while one runs.
const tests = new Map();

export function testOf(id) {
    if (!tests.has(id))
        tests.set(id, signal(null));
    const kept = tests.get(id);
    if (kept.peek()?.atMs < Date.now() - KEPT_MS)
        kept.set(null);
    return kept;
}

const stageName = (stage) => tOr('channels.stage', stage.name);

async function runTest(c) {
    const kept = testOf(c.id);
    kept.set({ isBusy: true });
    try {
        kept.set(Object.assign(verdictOf(await post(path(c, '/test'), {})), { atMs: Date.now() }));
    } catch (e) {
        kept.set(null);
        throw e;
    }
    return kept.peek();
}

export async function testChannel(c) {
    try {
        const v = await runTest(c);
        if (v.isOk)
            say(t('channels.testGood', { name: nameOf(c), time: took(v.ms) }));
        else
            complain(t('channels.testBad', { name: nameOf(c), stage: v.failed ? stageName(v.failed) : t('common.test') }),
                { message: v.failed?.say ?? '' });
    } catch (e) {
        complain(t('channels.testBroken', { name: nameOf(c) }), e);
    }
}

// progress(done, of) is told after each.
export async function testAll(list, progress) {
    const waiting = [...list];
    let done = 0;
    let good = 0;
    const worker = async () => {
        for (let c = waiting.shift(); c; c = waiting.shift()) {
            const v = await runTest(c).catch(() => null);
            good += v?.isOk ? 1 : 0;
            progress(++done, list.length);
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (good === list.length)
        say(t('channels.allGood', { n: good }));
    else
        complain(t('channels.someBad', { good, of: list.length }));
}

// Runs an act; 409: somebody else was there first, or what is there does not allow it: told, and read anew.
export async function act(title, run, { said = '', done = () => {} } = {}) {
    let answer;
    try {
        answer = await run();
        if (said)
            say(said);
    } catch (e) {
        complain(e.status === 409 ? t('channels.conflict', { title }) : title, e);
    }
    await done();
    return answer;
}

const setStatus = (c, status, said, done) => act(t(`channels.${said}`),
    () => patch(path(c, '/status'), { status }, { etag: c.etag }),
    { said: t(`channels.${said}Done`, { name: nameOf(c) }), done });

const revive = (c, said, done) => act(t(`channels.${said}`), () => post(path(c, '/resume'), {}),
    { said: t(`channels.${said}Done`, { name: nameOf(c) }), done });

export const activate = (c, done) => setStatus(c, 'active', 'activate', done);
export const resume = (c, done) => revive(c, 'resume', done);
export const reset = (c, done) => revive(c, 'reset', done);

// One that is paused serves again first.
const promote = (c, family, done) => act(t('channels.promote'), async () => {
    if (c.status !== 'active')
        await post(path(c, '/resume'), {});
    await post(path(c, '/promote'), { seconds: PROMOTE_S, family: family || undefined });
}, { said: t('channels.promoteDone', { name: nameOf(c) }), done });

export const endPromotion = (c, promotion, done) => act(t('channels.unpromote'),
    () => post(path(c, '/promote'), { seconds: 0, family: promotion.family || undefined }),
    { said: t('channels.unpromoteDone', { name: nameOf(c) }), done });

async function remove(c, isLast, done) {
    await destroy({
        title: t('channels.deleteTitle'), name: c.name ? `${c.name} (${c.id})` : c.id,
        text: t(isLast ? 'channels.deleteLast' : 'channels.deleteText', { n: c.keys_n ?? 0 }),
        run: () => del(path(c), { etag: c.etag }), done: t('channels.deleteDone', { name: nameOf(c) }),
    });
    await done();
}

// The editor is large and is loaded when it is wanted.
export async function edit(channel, family, done, template = null) {
    const { openEditor } = await import('./editor.js');
    if (await openEditor({ channel, family, template }))
        await done();
}

// Another one like it, in the editor; keys are never told, so it has none yet.
async function copy(c, family, done) {
    try {
        await edit(null, family, done, copyOf(await get(path(c)), t('channels.copyName', { name: c.name || c.id })));
    } catch (e) {
        complain(t('channels.copyBroken'), e);
    }
}

export async function keys(c, done) {
    const { openKeys } = await import('./keys.js');
    await openKeys(c.id);
    await done();
}

const lockedBy = (c) => ({ isOff: true, why: t('common.lockedBy', { where: c.where }) });
const lockOf = (c, member) => (isFixed(c, member) ? lockedBy(c) : {});

function order(c, { move, place, count, canMove, whyFixed }) {
    const fixed = canMove() ? {} : { isOff: true, why: whyFixed() };
    const item = (to, icon, isOff) => ({ text: t(`channels.move.${to}`), icon, isOff, ...fixed,
        run: () => move(c.id, { up: -1, down: 1 }[to] ?? to) });
    return [item('top', 'top', place === 0), item('up', 'up', place === 0),
        item('down', 'down', place === count - 1), item('bottom', 'bottom', place === count - 1), null];
}

function states(c, family, done) {
    const promotion = promotionOf(c, family);
    const lock = lockOf(c, 'status');
    const item = (name, icon, run, more) => ({ text: t(`channels.${name}`), icon, run, ...more });
    if (c.status === 'disabled')
        return [item('activate', 'play', () => activate(c, done), lock)];
    const isPaused = c.status === 'suspended';
    return [
        promotion ? item('unpromote', 'rocket', () => endPromotion(c, promotion, done))
            : item('promote', 'rocket', () => promote(c, family, done), isPaused ? lock : {}),
        isPaused ? item('resume', 'play', () => resume(c, done), lock)
            : item('pause', 'pause', () => setStatus(c, 'suspended', 'pause', done), lock),
        canReset(c) && item('reset', 'reset', () => reset(c, done)),
        item('toReserve', 'shelf', () => setStatus(c, 'disabled', 'toReserve', done), lock),
    ].filter(Boolean);
}

// what: {family, done, move(id, to), place, count, canMove, whyFixed, isLast, openDetails}
export function menuOf(c, what) {
    const { family, done, isLast } = what;
    const site = websiteOf(c);
    const guard = c.managed === false ? lockedBy(c) : {};
    return [
        ...(c.status === 'disabled' ? [] : order(c, what)),
        { text: t('common.edit'), icon: 'edit', run: () => edit(c, family, done) },
        { text: t('channels.keysOpen'), icon: 'key', run: () => keys(c, done) },
        { text: t('channels.numbers'), icon: 'chart', run: () => what.openDetails(c) },
        { text: t('channels.test'), icon: 'bolt', run: () => testChannel(c) },
        site && { text: t('channels.website'), icon: 'external',
            run: () => open(site, '_blank', 'noopener,noreferrer') },
        null,
        ...states(c, family, done),
        null,
        { text: t('channels.copy'), icon: 'copy', run: () => copy(c, family, done) },
        { text: t('common.delete'), icon: 'trash', isDanger: true, run: () => remove(c, isLast, done), ...guard },
    ].filter((item) => item !== '' && item !== false);
}
