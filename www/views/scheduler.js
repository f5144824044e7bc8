// SPDX-License-Identifier: MIT
// scheduler - what the scheduler knows now, with what puts it back, and where a request would go.

import { get } from '../lib/api.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { computed, signal } from '../lib/signal.js';
import { explainCard } from '../parts/explain_form.js';
import { restsOf } from '../parts/rests.js';
import { clearHomes, clearLearned, homeTable, latencyTable, learnedTable, orderTable, promotionTable, resetAll, restTable } from '../parts/scheduler_lists.js';
import { actButton, card, head } from '../parts/ui.js';
import '../text/scheduler.js';

const HOMES = 50;

const quiet = (text) => h('p', { class: 'soft' }, text);

// A table that stands while there are rows, else a sentence; the table is made once.
function filled(rows, lead, none, make) {
    const hasAny = computed(() => rows().length > 0);
    return () => (hasAny() ? [quiet(lead()), make()] : quiet(none));
}

const withPlace = (list) => list.map((x, i) => ({ ...x, place: `${i}` }));

function restsCard(state, nameOf, load) {
    const rows = computed(() => restsOf(state()));
    return card(t('scheduler.rests'), filled(rows, () => t('scheduler.restsLead'), t('scheduler.restsEmpty'), () => [
        h('div', { class: 'row' }, actButton({ text: t('scheduler.resetAll'), name: 'reset', fault: t('scheduler.fault'), run: () => resetAll(load) })),
        restTable(rows, nameOf, load)]));
}

function homesCard(homes, channels, nameOf, load) {
    const rows = computed(() => withPlace(homes().sessions));
    const choice = signal('');
    const choose = () => h('select', { 'aria-label': t('scheduler.channel'), class: 'narrow', value: () => choice(), onchange: (e) => choice.set(e.target.value) },
        h('option', { value: '' }, t('scheduler.all')), channels.peek().map((c) => h('option', { value: c.id }, c.name || c.id)));
    const forget = () => actButton({ text: t('scheduler.homesClear'), name: 'trash', fault: t('scheduler.fault'), run: () => clearHomes(choice.peek(), choice.peek() ? nameOf(choice.peek()) : t('scheduler.all'), load) });
    return card(t('scheduler.homes'), filled(rows, () => t('scheduler.homesLead', { n: homes().all }), t('scheduler.homesEmpty'), () => [
        h('div', { class: 'row' }, choose(), forget()), homeTable(rows, nameOf),
        () => homes().all > rows().length && quiet(t('scheduler.homesMore', { shown: rows().length }))]));
}

function learnedCard(state, nameOf, load) {
    const rows = computed(() => withPlace(state().learned));
    return card(t('scheduler.learned'), filled(rows, () => t('scheduler.learnedLead'), t('scheduler.learnedEmpty'), () => [
        h('div', { class: 'row' }, actButton({ text: t('scheduler.learnedClear'), name: 'trash', fault: t('scheduler.fault'), run: () => clearLearned(load) })),
        learnedTable(rows, nameOf)]));
}

function promotionsCard(state, nameOf, load) {
    const rows = computed(() => state().promotions);
    return card(t('scheduler.promotions'), filled(rows, () => t('scheduler.promotionsLead'), t('scheduler.promotionsEmpty'), () => promotionTable(rows, nameOf, load)));
}

export async function view() {
    const state = signal(null);
    const homes = signal(null);
    const channels = signal([]);
    const families = signal([]);
    const load = async () => {
        const [s, who] = await Promise.all([get('api/scheduler', { brief: 'true' }), get('api/scheduler/sessions', { limit: HOMES })]);
        state.set(s);
        homes.set(who);
    };
    const loadNames = async () => {
        const [all, f] = await Promise.all([get('api/channels', { brief: 'true' }), get('api/families')]);
        channels.set(all.channels);
        families.set(f.families);
    };
    const [, , clients, models] = await Promise.all([load(), loadNames(), get('api/clients'), get('api/statistics', { window: '24h', by: 'model', limit: 50 })]);
    const names = computed(() => new Map(channels().map((c) => [c.id, c.name || c.id])));
    const nameOf = (id) => names().get(id) ?? id ?? '';
    return () => {
        follow(['channel', 'key', 'config', 'stats'], load, { ms: 2000 });
        follow(['config'], loadNames);
        return h('div', head(t('scheduler.title'), t('scheduler.lead')),
            explainCard({ clients: clients.clients, models: models.rows.map((row) => row.name), nameOf }),
            restsCard(state, nameOf, load), promotionsCard(state, nameOf, load),
            card(t('scheduler.channelsTitle'), quiet(t('scheduler.channelsLead')), latencyTable(computed(() => state().channels), nameOf)),
            card(t('scheduler.orderTitle'), orderTable(families, nameOf)),
            homesCard(homes, channels, nameOf, load), learnedCard(state, nameOf, load));
    };
}
