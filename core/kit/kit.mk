core_sources += \
	core/kit/cases.c core/kit/cases.h \
	core/kit/golden.c core/kit/golden.h \
	core/kit/laws.c core/kit/laws.h \
	core/kit/report.c core/kit/report.h \
	core/kit/sample.c core/kit/sample.h
