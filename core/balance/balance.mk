core_sources += core/balance/balance.h core/balance/failover.c
