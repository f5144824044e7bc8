// SPDX-License-Identifier: MIT
// format - numbers, sizes, times and money as people of the chosen language read them.

import { locale, t } from './i18n.js';
import '../text/format.js';

const formats = new Map();

function numbers(options) {
    const key = `${locale()} ${options.maximumFractionDigits} ${options.style ?? ''} ${options.currency ?? ''} ${options.minimumFractionDigits ?? ''}`;
    if (!formats.has(key))
        formats.set(key, new Intl.NumberFormat(locale(), options));
    return formats.get(key);
}

const isNothing = (v) => v === null || v === undefined || Number.isNaN(v);
export const NOTHING = '–';

export const number = (v, digits = 0) => (isNothing(v) ? NOTHING : v === 0 ? '0' : numbers({ maximumFractionDigits: digits }).format(v));

// 1234 → 1.2K; tokens are shown so in all languages, because prices and limits are quoted so.
export function short(v) {
    if (isNothing(v))
        return NOTHING;
    for (const [size, letter] of [[1e9, 'B'], [1e6, 'M'], [1e3, 'K']])
        if (Math.abs(v) >= size * 0.9995)
            return numbers({ maximumFractionDigits: Math.abs(v) < size * 100 ? 1 : 0 }).format(v / size) + letter;
    return number(v, Math.abs(v) < 10 ? 1 : 0);
}

export const percent = (v, digits = 0) => (isNothing(v) ? NOTHING : `${number(v, v > 99 && v < 100 ? 1 : digits)}%`);

export function bytes(v) {
    if (isNothing(v))
        return NOTHING;
    for (const [size, unit] of [[1 << 30, 'GB'], [1 << 20, 'MB'], [1 << 10, 'KB']])
        if (v >= size)
            return `${number(v / size, v < size * 10 ? 1 : 0)} ${unit}`;
    return `${number(v)} B`;
}

// How long something took.
export function took(ms) {
    if (isNothing(ms))
        return NOTHING;
    if (ms < 1000)
        return `${number(ms, ms < 10 ? 1 : 0)} ms`;
    return ms < 60000 ? `${number(ms / 1000, ms < 10000 ? 1 : 0)} s` : span(ms / 1000);
}

// 3725 → 1 h 2 min
export function span(seconds) {
    if (isNothing(seconds))
        return NOTHING;
    const s = Math.max(0, Math.round(seconds));
    const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
    const at = parts.findIndex(([size]) => s >= size);
    if (at < 0)
        return `0 ${t('format.s')}`;
    const [size, unit] = parts[at];
    const whole = `${Math.floor(s / size)} ${t(`format.${unit}`)}`;
    const rest = parts[at + 1] && Math.floor((s % size) / parts[at + 1][0]);
    return rest ? `${whole} ${rest} ${t(`format.${parts[at + 1][1]}`)}` : whole;
}

// 0:59, 12:05 - for timers that count down
export function clock(seconds) {
    const s = Math.max(0, Math.ceil(seconds));
    const two = (v) => String(v).padStart(2, '0');
    return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

function dates(options) {
    const key = `date${locale()}${JSON.stringify(options)}`;
    if (!formats.has(key))
        formats.set(key, new Intl.DateTimeFormat(locale(), { hourCycle: 'h23', ...options }));
    return formats.get(key);
}

const day = { year: 'numeric', month: '2-digit', day: '2-digit' };
const minute = { hour: '2-digit', minute: '2-digit' };

export const time = (v) => (v ? dates({ ...minute, second: '2-digit' }).format(new Date(v)) : NOTHING);
export const dateTime = (v) => (v ? dates({ ...day, ...minute, second: '2-digit' }).format(new Date(v)) : NOTHING);
export const date = (v) => (v ? dates(day).format(new Date(v)) : NOTHING);
export const hourMinute = (v) => dates(minute).format(new Date(v));
export const dayHour = (v) => dates({ month: '2-digit', day: '2-digit', ...minute }).format(new Date(v));

// "3 min ago", "in 2 h"; now: ms, for tests.
export function relative(v, now = Date.now()) {
    if (!v)
        return NOTHING;
    const s = (new Date(v).getTime() - now) / 1000;
    const key = `relative${locale()}`;
    if (!formats.has(key))
        formats.set(key, new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' }));
    for (const [size, unit] of [[86400, 'day'], [3600, 'hour'], [60, 'minute']])
        if (Math.abs(s) >= size)
            return formats.get(key).format(Math.trunc(s / size), unit);
    return formats.get(key).format(Math.trunc(s), 'second');
}

// Millionths of a currency: 4779 USD → $0.0048
export function money(micro, currency = 'USD') {
    if (isNothing(micro))
        return NOTHING;
    const v = micro / 1e6;
    const digits = v !== 0 && Math.abs(v) < 1 ? 4 : 2;
    return numbers({ style: 'currency', currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: 2, maximumFractionDigits: digits }).format(v);
}
