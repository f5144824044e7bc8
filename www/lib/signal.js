// SPDX-License-Identifier: MIT
// signal - values that are watched: who reads one in an effect is run again when it changes.
//
// Effects run together in a microtask, so that several changes cost one run, and only if something they read has really
// changed.  What an effect, a view or a list's row makes for itself (effects, timers, listeners) belongs to a scope, and
// goes with it: nothing in a view has to be taken down by hand.

const ROUNDS = 100; // of effects that change what others read
let reader = null; // the effect or computed value that is being worked out
let owner = null; // the scope that what is made now belongs to
let queue = new Set();

function track(source) {
    if (reader)
        reader.sources.set(source, source.version);
    if (reader)
        source.watchers.add(reader);
}

function forget(node) {
    for (const source of node.sources.keys())
        source.watchers.delete(node);
    node.sources.clear();
}

function run(node) {
    const before = reader;
    forget(node);
    reader = node;
    try {
        return node.work();
    } finally {
        reader = before;
    }
}

function hasChanged(node) {
    for (const [source, version] of node.sources) {
        source.refresh?.();
        if (source.version !== version)
            return true;
    }
    return false;
}

const tell = (e) => (globalThis.reportError ? reportError(e) : console.error(e));

// One that fails is told of, and the others run.
function guarded(node) {
    try {
        node.again();
    } catch (e) {
        tell(e);
    }
}

// Runs what waits, at once; tests and those who measure the page call it.
export function flush() {
    for (let rounds = 0; queue.size && rounds < ROUNDS; rounds++) {
        const now = queue;
        queue = new Set();
        for (const node of now)
            if (!node.isOver && hasChanged(node))
                guarded(node);
    }
    if (!queue.size)
        return;
    queue = new Set();
    tell(new Error('effects set each other off without end'));
}

function later(node) {
    if (!queue.size)
        queueMicrotask(flush);
    queue.add(node);
}

// A value: s() reads it, s.set(v) and s.update(f) change it, s.peek() reads it without being told of changes.
export function signal(value) {
    const source = { version: 0, watchers: new Set() };
    const read = () => {
        track(source);
        return value;
    };
    read.peek = () => value;
    read.set = (next) => {
        if (Object.is(next, value))
            return;
        value = next;
        source.version++;
        for (const node of [...source.watchers])
            node.stale();
    };
    read.update = (f) => read.set(f(value));
    return read;
}

// A value that follows from others; worked out when it is read, and only if they changed.  It ends with what made it: signals that
// outlive a screen (the address, the session) must not hold on to it.  Read later it is worked out anew each time.
export function computed(work) {
    let value;
    let isStale = true;
    const source = { version: 0, watchers: new Set() };
    const node = { sources: new Map(), work, isOver: false };
    node.stale = () => {
        if (isStale)
            return;
        isStale = true;
        for (const watcher of [...source.watchers])
            watcher.stale();
    };
    source.refresh = () => {
        if (!isStale)
            return;
        isStale = false;
        const next = run(node);
        if (!Object.is(next, value) || source.version === 0)
            source.version++;
        value = next;
        if (node.isOver)
            end();
    };
    const end = () => {
        node.isOver = true;
        isStale = true;
        forget(node);
    };
    onEnd(end);
    const read = () => {
        source.refresh();
        track(source);
        return value;
    };
    read.peek = () => {
        source.refresh();
        return value;
    };
    return read;
}

// Runs work now, and again after what it read has changed; what it makes goes before each run.
export function effect(work) {
    const node = { sources: new Map(), isOver: false };
    let inner = null;
    node.work = work;
    node.stale = () => later(node);
    node.again = () => {
        inner?.end();
        inner = scope(() => run(node));
    };
    const outer = owner;
    const end = () => {
        node.isOver = true;
        outer?.ends.delete(end);
        forget(node);
        inner?.end();
    };
    onEnd(end);
    node.again();
    return end;
}

// Reads without being told of changes.
export function untracked(work) {
    const before = reader;
    reader = null;
    try {
        return work();
    } finally {
        reader = before;
    }
}

// Whatever work makes ends with the scope that is returned: {value, end()}.  What is made after an await belongs to nobody:
// so what is asynchronous fetches first, and makes then.
export function scope(work) {
    const mine = { ends: new Set(), isOver: false };
    const outer = owner;
    mine.end = () => {
        if (mine.isOver)
            return;
        mine.isOver = true;
        outer?.ends.delete(mine.end);
        for (const end of [...mine.ends].reverse())
            end();
        mine.ends.clear();
    };
    outer?.ends.add(mine.end);
    owner = mine;
    try {
        mine.value = work();
    } finally {
        owner = outer;
    }
    return mine;
}

// Calls end when the view, row or effect that is being made now goes.
export function onEnd(end) {
    owner?.ends.add(end);
}

// The scope of now, for work that goes on later (after an await): inScope(where, work).
export const here = () => owner;

export function inScope(where, work) {
    const before = owner;
    const readerBefore = reader;
    owner = where && !where.isOver ? where : null;
    reader = null;
    try {
        return work();
    } finally {
        owner = before;
        reader = readerBefore;
    }
}

// A listener, an interval or a timeout that ends with its scope.
export function listen(target, type, f, options) {
    target.addEventListener(type, f, options);
    onEnd(() => target.removeEventListener(type, f, options));
}

export function every(ms, f) {
    const id = setInterval(f, ms);
    onEnd(() => clearInterval(id));
}

export function after(ms, f) {
    const id = setTimeout(f, ms);
    onEnd(() => clearTimeout(id));
    return () => clearTimeout(id);
}
