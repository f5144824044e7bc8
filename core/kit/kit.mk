core_sources += \
	core/kit/budget.c core/kit/budget.h \
	core/kit/cases.c core/kit/cases.h \
	core/kit/check.c core/kit/check.h \
	core/kit/fuzz.c core/kit/fuzz.h \
	core/kit/golden.c core/kit/golden.h \
	core/kit/laws.c core/kit/laws.h \
	core/kit/look.c core/kit/look.h \
	core/kit/mutate.c core/kit/mutate.h \
	core/kit/report.c core/kit/report.h \
	core/kit/sample.c core/kit/sample.h \
	core/kit/skeleton.c core/kit/skeleton.h \
	core/kit/steady.c core/kit/steady.h \
	core/kit/symbols.c core/kit/symbols.h \
	core/kit/tap.c core/kit/tap.h
