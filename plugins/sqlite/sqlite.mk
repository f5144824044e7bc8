# A store: history and things in one SQLite database.
cpplugin_LTLIBRARIES += sqlite.la
sqlite_la_SOURCES = plugins/sqlite/plugin.c
sqlite_la_CPPFLAGS = $(plugin_cppflags) $(SQLITE_CFLAGS) $(ZLIB_CFLAGS)
sqlite_la_CFLAGS = $(plugin_cflags)
sqlite_la_LDFLAGS = $(plugin_ldflags)
sqlite_la_LIBADD = $(SQLITE_LIBS) $(ZLIB_LIBS)
