core_sources += \
	core/loop/address.c core/loop/address.h \
	core/loop/answer.c core/loop/answer.h \
	core/loop/client.c core/loop/client.h \
	core/loop/fields.c core/loop/fields.h \
	core/loop/pieces.c core/loop/pieces.h \
	core/loop/parcel.c core/loop/parcel.h \
	core/loop/profile.c core/loop/profile.h \
	core/loop/transfer.c core/loop/transfer.h \
	core/loop/trust.c core/loop/trust.h \
	core/loop/url.c core/loop/url.h
