// SPDX-License-Identifier: MIT
// loglines - lines of the log in memory: a bounded list, what of it is shown, and how it is spelled as text.

export const LEVELS = ['error', 'warn', 'info', 'debug'];
export const MOST = 1000;

const isWord = (text) => /^[^\s"=\\]+$/.test(text);
const spelled = (value) => (typeof value === 'string' && !isWord(value) ? JSON.stringify(value) : String(value));
const OWN = new Set(['ts', 'level', 'event', 'msg']);

// What a line says beyond its message: [[name, value], ...].
export const fieldsOf = (line) => Object.entries(line).filter(([name]) => !OWN.has(name));
export const fieldsText = (line) => fieldsOf(line).map(([name, value]) => `${name}=${spelled(value)}`).join(' ');

// The same, what one looks for first at the front: a line is often cut off where the window ends.
const FIRST = ['status', 'model', 'channel', 'key', 't_total', 'cause', 'why'];
const rank = ([name]) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
export const fieldsShown = (line) => fieldsOf(line).sort((a, b) => rank(a) - rank(b)).map(([name, value]) => [name, spelled(value)]);

// As the log's own text has it.
export const lineText = (line) => [line.ts, line.level.toUpperCase(), line.event, line.msg, fieldsText(line)].filter(Boolean).join(' ');

// level: this bad or worse; text: words that must all be there, in any case.
export function filterOf({ level = 'debug', text = '' }) {
    const most = Math.max(0, LEVELS.indexOf(level));
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return (line) => {
        if (LEVELS.indexOf(line.level) > most)
            return false;
        if (!words.length)
            return true;
        line.small ??= lineText(line).toLowerCase();
        return words.every((word) => line.small.includes(word));
    };
}

let made = 0;

// Lines get a number of ours: rows are told apart by it.
export const entry = (line) => {
    const own = { ...line, level: LEVELS.includes(line.level) ? line.level : 'info' };
    Object.defineProperty(own, 'n', { value: ++made });
    Object.defineProperty(own, 'small', { value: undefined, writable: true });
    return own;
};

// Adds the newest at the end; the oldest go.
export const push = (lines, more, most = MOST) => [...lines, ...more].slice(-most);

// What the gateway has kept, joined with what came live while it was asked: none twice.
export function join(kept, live, most = MOST) {
    const known = new Set(live.map(lineText));
    return push(kept.filter((line) => !known.has(lineText(line))), live, most);
}

export const fileText = (lines) => lines.map((line) => `${lineText(line)}\n`).join('');
