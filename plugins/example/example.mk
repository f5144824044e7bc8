# Built for the tests, never installed; its source is installed as documentation.
check_LTLIBRARIES += plain.la
plain_la_SOURCES = plugins/example/plain.c
plain_la_CPPFLAGS = $(plugin_cppflags)
plain_la_CFLAGS = $(plugin_cflags)
# -rpath: libtool builds a check library as a shared one only if it could be installed
plain_la_LDFLAGS = $(plugin_ldflags) -rpath $(cpplugindir)

# And a store.
check_LTLIBRARIES += shelf.la
shelf_la_SOURCES = plugins/example/shelf.c
shelf_la_CPPFLAGS = $(plugin_cppflags)
shelf_la_CFLAGS = $(plugin_cflags)
shelf_la_LDFLAGS = $(plugin_ldflags) -rpath $(cpplugindir)

exampledir = $(docdir)/examples/plugin
dist_example_DATA = plugins/example/plain.c plugins/example/shelf.c plugins/example/Makefile plugins/example/README.md
