// SPDX-License-Identifier: MIT
// about - words of the screen about the gateway itself.
import { words } from '../lib/i18n.js';

words('about', {
    build: ['Built with', '构建信息'],
    certificate: ['certificate until {time}', '证书有效期至 {time}'],
    clearText: ['clear text', '明文'],
    compiler: ['Compiler', '编译器'],
    configuration: ['Configuration', '配置'],
    connections: ['Connections', '连接数'],
    files: ['Files', '配置文件'],
    lead: ['The program, where it listens, and what configured it.', '程序、监听地址与配置来源。'],
    libraries: ['Libraries', '依赖库'],
    listeners: ['Listens on', '监听地址'],
    most: [{ one: 'at most {n}', other: 'at most {n}' }, '最多 {n}'],
    program: ['Version', '版本'],
    since: ['Serves since', '生效时间'],
    stateDir: ['State', '状态目录'],
    title: ['About this gateway', '关于本网关'],
    uptime: ['Runs for', '已运行'],
    version: ['Version of it', '配置版本'],
    waiting: ['Changed options that take a restart:', '以下选项已修改，重启后生效：'],
    workers: ['Workers', '工作线程'],
});
