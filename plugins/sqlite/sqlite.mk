# A store: history and things in one SQLite database.
cpplugin_LTLIBRARIES += sqlite.la
sqlite_la_SOURCES = plugins/sqlite/db.c plugins/sqlite/db.h plugins/sqlite/find.c plugins/sqlite/hours.c \
	plugins/sqlite/names.c \
	plugins/sqlite/other.c plugins/sqlite/pack.c plugins/sqlite/plugin.c plugins/sqlite/recent.c \
	plugins/sqlite/records.c plugins/sqlite/schema.c plugins/sqlite/sqlite.h plugins/sqlite/sum.c plugins/sqlite/things.c plugins/sqlite/trim.c
sqlite_la_CPPFLAGS = $(plugin_cppflags) $(SQLITE_CFLAGS) $(ZLIB_CFLAGS)
sqlite_la_CFLAGS = $(plugin_cflags)
sqlite_la_LDFLAGS = $(plugin_ldflags)
sqlite_la_LIBADD = $(SQLITE_LIBS) $(ZLIB_LIBS)
