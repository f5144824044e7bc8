// SPDX-License-Identifier: MIT
// scheduler - what the scheduler knows now, with what puts it back, and where a request would go.

import { get } from '../lib/api.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { computed, signal } from '../lib/signal.js';
import { cut } from '../parts/cut.js';
import { explainCard } from '../parts/explain_form.js';
import { restsOf } from '../parts/rests.js';
import { clearHomes, clearLearned, homeTable, learnedTable, promotionTable, resetAll, restTable } from '../parts/scheduler_lists.js';
import { latencyTable, orderTable } from '../parts/scheduler_order.js';
import { actButton, chip, head } from '../parts/ui.js';
import '../text/scheduler.js';

const HOMES = 200; // that are asked for
const SHOWN = 10;

const quiet = (text) => h('p', { class: 'soft' }, text);

// A card whose head can have the focus, when what had it is gone; count: a chip behind the
// name.
const card = (title, count, ...children) => h('section', { class: 'card' },
    h('h2', { tabindex: '-1', class: 'row' }, title, count), children);

// A table that stands while there are rows, else a sentence; the table is made once.
function filled(rows, lead, none, make) {
    const hasAny = computed(() => rows().length > 0);
    return () => (hasAny() ? [quiet(lead), make()] : quiet(none));
}

const withPlace = (list) => list.map((x, i) => ({ ...x, place: `${i}` }));
const forgetButton = (text, run) => actButton({ text, name: 'trash',
    fault: t('scheduler.fault'), run });

function restsCard(state, names, load) {
    const rows = computed(() => restsOf(state()));
    const count = () => rows().length > 0 && chip(String(rows().length), 'warn');
    const all = () => actButton({ text: t('scheduler.resetAll'), name: 'reset', fault: t('scheduler.fault'),
        run: () => resetAll(load) });
    return card(t('scheduler.rests'), count, filled(rows, () => t('scheduler.restsLead'), t('scheduler.restsEmpty'),
        () => [cut(rows, SHOWN, (some) => restTable(some, names, load)),
            h('div', { class: 'row' }, all())]));
}

function homesCard(homes, channels, names, load) {
    const rows = computed(() => withPlace(homes().sessions));
    const choice = signal('');
    const choose = () => h('select', { 'aria-label': t('scheduler.channel'), class: 'narrow', value: () => choice(),
        onchange: (e) => choice.set(e.target.value) },
        h('option', { value: '' }, t('scheduler.all')),
    channels.peek().map((c) => h('option', { value: c.id }, c.name || c.id)));
    const nameOf = (id) => (id ? names.channel(id) : t('scheduler.all'));
    const forget = () => forgetButton(t('scheduler.homesClear'),
        () => clearHomes(choice.peek(), nameOf(choice.peek()), load));
    return card(t('scheduler.homes'), null,
        filled(rows, () => t('scheduler.homesLead', { n: homes().all }), t('scheduler.homesEmpty'), () => [
            cut(rows, SHOWN, (some) => homeTable(some, names)),
            () => homes().all > rows().length
                && quiet(t('scheduler.homesMore', { shown: rows().length })),
            h('div', { class: 'row' }, choose(), forget())]));
}

function learnedCard(state, names, load) {
    const rows = computed(() => withPlace(state().learned));
    const forget = () => forgetButton(t('scheduler.learnedClear'), () => clearLearned(load));
    return card(t('scheduler.learned'), null,
        filled(rows, () => t('scheduler.learnedLead'), t('scheduler.learnedEmpty'), () => [
            cut(rows, SHOWN, (some) => learnedTable(some, names)),
                h('div', { class: 'row' }, forget())]));
}

function promotionsCard(state, names, load) {
    const rows = computed(() => state().promotions);
    return card(t('scheduler.promotions'), null, filled(rows, () => t('scheduler.promotionsLead'),
        t('scheduler.promotionsEmpty'), () => promotionTable(rows, names, load)));
}

// How people know what the gateway names by ids.
function namesOf(channels, clients) {
    const byId = computed(() => new Map(channels().map((c) => [c.id, c])));
    const keyOf = (channel, id) => byId().get(channel)?.keys?.find((k) => k.id === id);
    return {
        channel: (id) => byId().get(id)?.name || (id ?? ''),
        key: (channel, id) => keyOf(channel, id)?.label || keyOf(channel, id)?.mask || id,
        client: (id) => clients.find((c) => c.id === id)?.label || (id ?? ''),
    };
}

export async function view() {
    const state = signal(null);
    const homes = signal(null);
    const channels = signal([]);
    const families = signal([]);
    const load = async () => {
        const [s, who] = await Promise.all([get('api/scheduler', { brief: 'true' }),
            get('api/scheduler/sessions', { limit: HOMES })]);
        state.set(s);
        homes.set(who);
    };
    // The names of a thousand keys come after the picture: only what rests shows any.
    const loadNames = async (query) => {
        const [all, f] = await Promise.all([get('api/channels', query), get('api/families')]);
        channels.set(all.channels);
        families.set(f.families);
    };
    const [, , { clients }, models] = await Promise.all([load(), loadNames({ brief: 'true' }), get('api/clients'),
        get('api/statistics', { window: '24h', by: 'model', limit: 50 })]);
    const names = namesOf(channels, clients);
    return () => {
        follow(['channel', 'key', 'config', 'stats'], load, { ms: 2000 });
        follow(['config'], () => loadNames());
        loadNames().catch(() => {}); // until they come, a key goes by its id
        return h('div', { class: 'manage' }, head(t('scheduler.title'), t('scheduler.lead')),
            restsCard(state, names, load), promotionsCard(state, names, load),
            explainCard({ clients, models: models.rows.map((row) => row.name), names }),
            card(t('scheduler.channelsTitle'), null, quiet(t('scheduler.channelsLead')),
                cut(computed(() => state().channels), SHOWN,
                    (some) => latencyTable(some, names))),
            card(t('scheduler.orderTitle'), null, quiet(t('scheduler.orderLead')),
                orderTable(families, names)),
            homesCard(homes, channels, names, load), learnedCard(state, names, load));
    };
}
