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

# The same as the template of `claude-proxy plugin new`.
templatedir = $(datadir)/claude-proxy/plugin-template
template_files = plain.c Makefile README.md golden/plain/broken.failure.json golden/plain/broken.failure.tape golden/plain/cut.sse \
	golden/plain/cut.stream.tape golden/plain/hello.request.json golden/plain/hello.request.tape golden/plain/hello.response.json \
	golden/plain/hello.response.tape golden/plain/hello.sse golden/plain/hello.stream.tape golden/plain/nothing.request.json \
	golden/plain/nothing.request.refused
EXTRA_DIST += $(template_files:%=plugins/example/%)
install-data-local:
	for f in $(template_files); do \
		$(MKDIR_P) "$(DESTDIR)$(templatedir)/$$(dirname $$f)" && \
		$(INSTALL_DATA) "$(srcdir)/plugins/example/$$f" "$(DESTDIR)$(templatedir)/$$f" || exit 1; \
	done
uninstall-local:
	rm -rf "$(DESTDIR)$(templatedir)"
