// SPDX-License-Identifier: MIT
// common - words of more than one screen.
import { words } from '../lib/i18n.js';

words('common', {
    add: ['Add', '添加'],
    all: ['All', '全部'],
    cancel: ['Cancel', '取消'],
    close: ['Close', '关闭'],
    copied: ['Copied', '已复制'],
    copy: ['Copy', '复制'],
    copyFailed: ['The browser did not let us copy: select the text and copy it by hand', '浏览器不允许复制：请选中文字手动复制'],
    delete: ['Delete', '删除'],
    edit: ['Edit', '编辑'],
    loading: ['Loading', '正在加载'],
    lockedBy: ['Set in {where}; change it there', '在 {where} 中设置，请到那里修改'],
    more: ['More', '更多'],
    no: ['No', '否'],
    none: ['None', '无'],
    off: ['Off', '关'],
    on: ['On', '开'],
    optional: ['optional', '可选'],
    refresh: ['Refresh', '刷新'],
    remove: ['Remove', '移除'],
    retry: ['Try again', '重试'],
    save: ['Save', '保存'],
    saved: ['Saved', '已保存'],
    search: ['Search', '搜索'],
    showAll: ['Show all {n}', '显示全部 {n} 条'],
    showTable: ['Show as a table', '以表格显示'],
    test: ['Test', '测试'],
    unreachable: ['the gateway cannot be reached', '无法连接网关'],
    unsavedLeave: ['Leave without saving', '不保存并离开'],
    unsavedStay: ['Stay', '留下'],
    unsavedText: ['What you changed here is not saved yet.', '此处的修改尚未保存。'],
    unsavedTitle: ['Unsaved changes', '未保存的修改'],
    yes: ['Yes', '是'],
});
words('family', {
    chat: ['OpenAI Chat', 'OpenAI Chat'],
    gemini: ['Gemini', 'Gemini'],
    messages: ['Claude', 'Claude'],
    responses: ['Codex', 'Codex'],
});
words('dialect', {
    chat: ['OpenAI Chat Completions', 'OpenAI Chat Completions'],
    claude: ['Claude Messages', 'Claude Messages'],
    gemini: ['Gemini', 'Gemini'],
    responses: ['OpenAI Responses', 'OpenAI Responses'],
});
