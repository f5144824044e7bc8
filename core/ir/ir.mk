core_sources += \
	core/ir/dump.c core/ir/dump.h \
	core/ir/grammar.c core/ir/grammar.h \
	core/ir/kind.c core/ir/kind.h \
	core/ir/tape.c core/ir/tape.h \
	core/ir/tape_join.c
