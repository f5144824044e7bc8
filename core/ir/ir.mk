core_sources += \
	core/ir/cutter.c core/ir/cutter.h \
	core/ir/dump.c core/ir/dump.h \
	core/ir/grammar.c core/ir/grammar.h \
	core/ir/kind.c core/ir/kind.h \
	core/ir/pack.c core/ir/pack.h \
	core/ir/repair.c core/ir/repair.h \
	core/ir/repair_clean.c core/ir/repair_pair.c \
	core/ir/repair_tree.c core/ir/repair_tree.h \
	core/ir/repair_turns.c core/ir/repair_write.c \
	core/ir/tape.c core/ir/tape.h \
	core/ir/tape_join.c
