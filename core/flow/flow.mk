core_sources += core/flow/snap.c core/flow/snap.h core/flow/best.c core/flow/best.h core/flow/explain.c core/flow/explain.h core/flow/plan.c core/flow/plan.h core/flow/hedge.c core/flow/hedge.h core/flow/learn.c core/flow/learn.h core/flow/letters.c core/flow/letters.h core/flow/line.c core/flow/line.h core/flow/override.c core/flow/override.h core/flow/record.c core/flow/record.h core/flow/refused.c core/flow/refused.h core/flow/sealed.c core/flow/sealed.h core/flow/session.c core/flow/session.h \
	core/flow/accept.c core/flow/account.c core/flow/adapt.c core/flow/adapt.h \
	core/flow/answer.c core/flow/answer.h core/flow/allow.c core/flow/allow.h core/flow/origin.c core/flow/origin.h core/flow/auth.c core/flow/auth.h core/flow/chain.c core/flow/chain.h core/flow/count.c core/flow/count.h \
	core/flow/cut.c core/flow/cut.h core/flow/desk.c core/flow/desk.h core/flow/echo.c core/flow/echo.h core/flow/estimate.c \
	core/flow/estimate.h core/flow/exchange.c core/flow/exchange.h core/flow/family.c core/flow/family.h core/flow/flow.c \
	core/flow/flow.h core/flow/headers.c core/flow/hops.c core/flow/hops.h core/flow/percent.c core/flow/percent.h \
	core/flow/pass.c core/flow/pass.h core/flow/pipeline.c core/flow/pipeline.h \
	core/flow/rates.c core/flow/rates.h core/flow/relay.c core/flow/relay.h core/flow/relay_stream.c core/flow/relay_whole.c \
	core/flow/retry.c core/flow/route.c core/flow/route.h core/flow/schedule.c core/flow/schedule.h core/flow/settle.c core/flow/settle.h core/flow/setup.c \
	core/flow/setup.h core/flow/shown.c core/flow/shown.h core/flow/steps.h core/flow/stored.c core/flow/stored.h \
	core/flow/summary.c core/flow/summary.h core/flow/tally.c core/flow/tally.h \
	core/flow/thoughts.c core/flow/thoughts.h core/flow/unquote.c core/flow/unquote.h core/flow/upstream.c core/flow/usage.c core/flow/usage.h
