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

// Who is read several times in one run is noted once, as it was read last.
function track(source) {
    if (!reader)
        return;
    if (source.turn === reader.turn) {
        reader.versions[source.slot] = source.version;
        return;
    }
    source.turn = reader.turn;
    source.slot = reader.sources.push(source) - 1;
    reader.versions.push(source.version);
    source.watchers ??= new Set();
    source.watchers.add(reader);
}

function forget(node) {
    for (const source of node.sources)
        source.watchers.delete(node);
    node.sources.length = 0;
    node.versions.length = 0;
}

let turns = 0;

function run(node) {
    const before = reader;
    forget(node);
    node.turn = ++turns;
    reader = node;
    try {
        return node.work();
    } finally {
        reader = before;
    }
}

function hasChanged(node) {
    for (let i = 0; i < node.sources.length; i++) {
        const source = node.sources[i];
        source.refresh?.();
        if (source.version !== node.versions[i])
            return true;
    }
    return false;
}

const makeSource = () => ({ version: 0, watchers: null, turn: 0, slot: 0 });
const makeNode = (work) => ({ work, sources: [], versions: [], turn: 0, isOver: false });

function tellWatchers(source) {
    if (source.watchers)
        for (const node of [...source.watchers])
            node.stale();
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
    const source = makeSource();
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
        tellWatchers(source);
    };
    read.update = (f) => read.set(f(value));
    return read;
}

// A value that follows from others; worked out when it is read, and only if they changed.  It ends with what made it: signals that
// outlive a screen (the address, the session) must not hold on to it.  Read later it is worked out anew each time.
export function computed(work) {
    let value;
    let isStale = true;
    const source = makeSource();
    const node = makeNode(work);
    node.stale = () => {
        if (isStale)
            return;
        isStale = true;
        tellWatchers(source);
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
    const node = makeNode(work);
    let inner = null;
    node.stale = () => later(node);
    node.again = () => {
        inner?.end();
        inner = new Scope().run(() => run(node));
    };
    const outer = owner;
    const end = () => {
        node.isOver = true;
        outer?.ends?.delete(end);
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

class Scope {
    ends = null; // functions; most scopes have none
    isOver = false;
    value = undefined;
    letGo = null; // of the scope around it

    end() {
        if (this.isOver)
            return;
        this.isOver = true;
        this.letGo?.();
        const ends = this.ends ? [...this.ends] : [];
        this.ends = null;
        for (let i = ends.length - 1; i >= 0; i--)
            ends[i]();
    }

    run(work) {
        const before = owner;
        owner = this;
        try {
            this.value = work();
        } finally {
            owner = before;
        }
        return this;
    }
}

// Whatever work makes ends with the scope that is returned: {value, end()}.  What is made after an await belongs to nobody:
// so what is asynchronous fetches first, and makes then.
export function scope(work) {
    const made = new Scope();
    const outer = owner;
    if (outer) {
        const end = () => made.end();
        made.letGo = () => outer.ends?.delete(end);
        onEnd(end);
    }
    return made.run(work);
}

// Calls end when the view, row or effect that is being made now goes.
export function onEnd(end) {
    if (!owner)
        return;
    owner.ends ??= new Set();
    owner.ends.add(end);
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
