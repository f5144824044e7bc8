// SPDX-License-Identifier: MIT
// login - words of the login.
import { words } from '../lib/i18n.js';

words('login', {
    accessKey: ['Access key', '访问密钥'],
    adminKey: ['Admin key', '管理密钥'],
    clearText: ['Nobody can log in here in clear text: use https, or open the panel on the machine itself.', '不能以明文方式从其他机器登录：请使用 https，或在本机打开面板。'],
    closed: ['Nobody can log in here now.', '目前无法登录。'],
    ended: ['It was unused for too long, or it was ended elsewhere. What you have typed on this page stays.', '会话闲置过久，或已在别处被结束。本页中已填写的内容会保留。'],
    endedTitle: ['Log in again', '请重新登录'],
    enter: ['Log in', '登录'],
    hint: ['It is kept nowhere in this browser.', '浏览器不会保存它。'],
    lead: ['One port, one key, every client and upstream.', '一个端口、一个密钥，接入所有客户端与上游。'],
    leave: ['Leave the page', '离开本页'],
    password: ['Admin password or key', '管理密码或密钥'],
    title: ['Log in to claude-proxy', '登录 claude-proxy'],
    waitLeft: ['You can try again in', '可再次尝试，还需等待'],
    waiting: ['Too many wrong tries from your address. Sessions that are open go on.', '来自你的地址的错误次数过多，请稍候；已登录的会话不受影响。'],
    wrong: ['That is not it. Try again.', '不正确，请重试。'],
});
