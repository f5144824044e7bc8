# SPDX-License-Identifier: MIT
# dh --with claude_proxy, or Build-Depends: dh-sequence-claude-proxy
use strict;
use warnings;
use Debian::Debhelper::Dh_Lib;

insert_before('dh_installdeb', 'dh_claude_proxy');

1;
