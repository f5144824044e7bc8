// SPDX-License-Identifier: MIT
// api - asks the gateway: JSON both ways, the token that changes need, tags against lost updates, errors as they are told.
//
// All addresses are relative to the page, so that the panel works below any path.  The session's token lives in memory
// only; nothing secret is ever written into the browser's stores.

import { signal } from './signal.js';

const base = globalThis.document ? new URL('.', document.baseURI.split('#')[0]) : new URL('http://localhost/');

export const url = (path) => new URL(path, base).href;

// null: not known yet; {by: 'nobody', ...}: login is needed, hasEnded: of one who was inside; else what GET /api/session tells.
export const session = signal(null);

// Tabs of one browser share a session: who logs in or out tells the others.
const tabs = globalThis.document && globalThis.BroadcastChannel ? new BroadcastChannel('claude-proxy') : null;
let isLeaving = false; // he said so: nothing of his is to stay on the screen

export class ApiError extends Error {
    constructor(status, body, headers) {
        super(body?.error ?? `HTTP ${status}`);
        this.status = status; // 0: the gateway cannot be reached
        this.path = body?.path ?? '';
        this.details = body?.details ?? [];
        this.body = body;
        this.retryAfter = Number(headers?.get('retry-after')) || 0;
    }
}

async function parse(answer) {
    const text = await answer.text();
    try {
        return text ? JSON.parse(text) : null;
    } catch {
        return { error: text.slice(0, 300) };
    }
}

// tagged: called with the answer's tag, for what is changed later with { etag }.
async function call(method, path, body, { etag, tagged, signal: abort, headers = {} } = {}) {
    const h = { ...headers };
    if (body !== undefined || method !== 'GET')
        h['content-type'] = 'application/json';
    if (method !== 'GET' && session.peek()?.csrf)
        h['x-csrf-token'] = session.peek().csrf;
    if (etag)
        h['if-match'] = etag.startsWith('"') ? etag : `"${etag}"`;
    let answer;
    try {
        const text = body === undefined ? (method === 'GET' || method === 'DELETE' ? undefined : '{}') : JSON.stringify(body);
        answer = await fetch(url(path), { method, headers: h, body: text, signal: abort, cache: 'no-store', credentials: 'same-origin' });
    } catch (e) {
        if (abort?.aborted)
            throw e;
        throw new ApiError(0, { error: e.message });
    }
    const told = await parse(answer);
    if (!answer.ok) {
        const error = new ApiError(answer.status, told, answer.headers);
        if (answer.status === 401 && path !== 'api/session')
            lost();
        throw error;
    }
    tagged?.((answer.headers.get('etag') ?? '').replace(/^W\//, ''));
    return told;
}

// path: 'api/channels'; query parameters that are null, undefined or '' are left out.
export function withQuery(path, query = {}) {
    const parts = Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== '');
    return parts.length ? `${path}?${new URLSearchParams(parts)}` : path;
}

export const get = (path, query, more) => call('GET', withQuery(path, query), undefined, more);
export const post = (path, body, more) => call('POST', path, body, more);
export const put = (path, body, more) => call('PUT', path, body, more);
export const patch = (path, body, more) => call('PATCH', path, body, more);
export const del = (path, more) => call('DELETE', path, undefined, more);

// The session is over: ask who we are now, once, however many calls noticed.
let asking = null;

export function lost() {
    asking ??= whoAmI().finally(() => {
        asking = null;
    });
    return asking;
}

// Who was inside keeps his screen, with what he has typed, until he is back: it is not he who ended the session.
function known(now) {
    const before = session.peek();
    const wasInside = before !== null && (before.by !== 'nobody' || before.hasEnded);
    session.set({ ...now, hasEnded: now.by === 'nobody' && wasInside && !isLeaving });
}

export async function whoAmI(more = {}) {
    try {
        known(await get('api/session', {}, more));
    } catch (e) {
        if (!(e.status > 0 && e.status < 500))
            throw e;
        known({ by: 'nobody', login: e.body ?? {} });
    }
    return session.peek();
}

export async function logIn(secret) {
    session.set(await post('api/session', secret));
    tabs?.postMessage('in');
}

// Without a connection it throws: then he is still inside.
export async function logOut() {
    try {
        await del('api/session');
    } catch (e) {
        if (e.status !== 401)
            throw e;
    }
    tabs?.postMessage('out');
    await leave();
}

// Leaves the screen, too; of a session that has ended already.
export async function leave() {
    isLeaving = true;
    await whoAmI().catch(() => session.set({ by: 'nobody', login: {} }));
    isLeaving = false;
}

tabs?.addEventListener('message', ({ data }) => (data === 'out' ? leave() : whoAmI().catch(() => {})));
