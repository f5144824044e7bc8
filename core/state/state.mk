core_sources += core/state/capture.c core/state/capture.h core/state/census.c core/state/census_look.c core/state/census_private.h core/state/census.h core/state/spread.c core/state/spread.h core/state/diary.c core/state/diary.h core/state/record_pack.c core/state/record_pack.h core/state/news.c core/state/news.h core/state/purse.c core/state/purse.h core/state/purse_file.c core/state/purse_file.h core/state/affinity.c core/state/affinity.h core/state/breaker.c core/state/breaker.h core/state/cooldown.c core/state/cooldown.h core/state/facts.c core/state/facts.h core/state/facts_file.c core/state/facts_pack.c core/state/gate.c core/state/gate.h \
	core/state/marks.c core/state/marks.h core/state/meter.c core/state/meter.h core/state/vitals.c core/state/vitals.h core/state/vitals_pack.c \
	core/state/ratio.c core/state/ratio.h \
	core/state/recall.c core/state/recall.h \
	core/state/store.h core/state/store_memory.c core/state/store_parcel.c
