// SPDX-License-Identifier: MIT
// api - asks the gateway: JSON both ways, the token that changes need, tags against lost updates, errors as they are told.
//
// All addresses are relative to the page, so that the panel works below any path.  The session's token lives in memory
// only; nothing secret is ever written into the browser's stores.

import { signal } from './signal.js';

const base = globalThis.document ? new URL('.', document.baseURI.split('#')[0]) : new URL('http://localhost/');

export const url = (path) => new URL(path, base).href;

// null: not known yet; {by: 'nobody', ...}: login is needed; else what GET /api/session tells.
export const session = signal(null);

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

export async function whoAmI() {
    try {
        session.set(await get('api/session'));
    } catch (e) {
        if (e.status === 0 || e.status >= 500)
            throw e;
        session.set({ by: 'nobody', login: e.body });
    }
    return session.peek();
}

export async function logIn(secret) {
    session.set(await post('api/session', secret));
}

export async function logOut() {
    try {
        await del('api/session');
    } finally {
        await whoAmI();
    }
}
