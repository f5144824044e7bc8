core_sources += core/balance/charge.h core/balance/pick.h core/balance/roster.h core/balance/strategy.h core/balance/trace.c core/balance/trace.h core/balance/trace_text.c
