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

# The example as documentation, and as the template of `claude-proxy plugin new`.
example_files = plain.c Makefile README.md debian/changelog debian/control debian/copyright debian/rules debian/source/format \
	golden/plain/broken.failure.json golden/plain/broken.failure.tape golden/plain/cut.sse golden/plain/cut.stream.tape \
	golden/plain/hello.request.json golden/plain/hello.request.tape golden/plain/hello.response.json golden/plain/hello.response.tape \
	golden/plain/hello.sse golden/plain/hello.stream.tape golden/plain/nothing.request.json golden/plain/nothing.request.refused
exampledir = $(docdir)/examples/plugin
templatedir = $(datadir)/claude-proxy/plugin-template
EXTRA_DIST += $(example_files:%=plugins/example/%) plugins/example/shelf.c
install-data-local:
	for f in $(example_files:%=$(templatedir)/%) $(example_files:%=$(exampledir)/%) $(exampledir)/shelf.c; do \
		from=$(srcdir)/plugins/example/$${f#$(templatedir)/}; \
		case $$f in $(exampledir)/*) from=$(srcdir)/plugins/example/$${f#$(exampledir)/} ;; esac; \
		$(MKDIR_P) "$(DESTDIR)$$(dirname $$f)" || exit 1; \
		if test -x $$from; then $(INSTALL_SCRIPT) $$from "$(DESTDIR)$$f"; else $(INSTALL_DATA) $$from "$(DESTDIR)$$f"; fi || exit 1; \
	done
uninstall-local:
	rm -rf "$(DESTDIR)$(templatedir)" "$(DESTDIR)$(exampledir)"
