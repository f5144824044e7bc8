# tests - built by `make check`, run by tests/run.py, which prints the one closing line.
#
# Unit tests and fuzz targets are found, not listed: a file that is there is built and run.
include tests/sim/sim.mk

# By hand: EXTRA_DIST would take the objects of an out-of-tree build along.
dist-hook:
	$(MKDIR_P) $(distdir)/tests
	chmod -R u+w $(distdir)/tests
	cp -fpR $(srcdir)/tests/. $(distdir)/tests/
	find $(distdir)/tests \( -name '*.[oatfx]' -o -name '*.lo' -o -name '*.so' -o -name '__pycache__' -o -name '.deps' -o -name '.dirstamp' \) \
		-prune -exec rm -rf {} +
	$(MKDIR_P) $(distdir)/contrib
	chmod -R u+w $(distdir)/contrib
	cp -fpR $(srcdir)/contrib/. $(distdir)/contrib/
	cd $(distdir)/contrib && find . $(contrib_made:%=-name '%' -exec rm -f {} + ,) -false

# That Node takes the panel's files for modules; browsers need nothing of the kind.
EXTRA_DIST += www/package.json

# The adapters once more, linked in: for the wire tests, the fuzzers and the laws.
noinst_LIBRARIES += libclaude-static.a libopenai-static.a libgemini-static.a
libclaude_static_a_SOURCES = $(claude_la_SOURCES)
libclaude_static_a_CPPFLAGS = $(plugin_cppflags) -DCP_STATIC_NAME=cp_static_claude
libclaude_static_a_CFLAGS = $(plugin_cflags)
libopenai_static_a_SOURCES = $(openai_la_SOURCES)
libopenai_static_a_CPPFLAGS = $(plugin_cppflags) -DCP_STATIC_NAME=cp_static_openai
libopenai_static_a_CFLAGS = $(plugin_cflags)
libgemini_static_a_SOURCES = $(gemini_la_SOURCES)
libgemini_static_a_CPPFLAGS = $(plugin_cppflags) -DCP_STATIC_NAME=cp_static_gemini
libgemini_static_a_CFLAGS = $(plugin_cflags)
plugin_statics = libclaude-static.a libopenai-static.a libgemini-static.a

virtual_extra = $(filter-out %/virtual.c,$(wildcard $(srcdir)/tests/virtual/*.c))
test_cc = $(CC) $(AM_CPPFLAGS) -I$(srcdir)/tests/unit -I$(srcdir)/tests $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS)
test_ld = -rdynamic $(AM_LDFLAGS) $(LDFLAGS) $(plugin_statics) libcore.a $(core_libs)
unit_programs = $(patsubst $(srcdir)/%.c,%.t,$(sort $(wildcard $(srcdir)/tests/unit/*/test_*.c)))
tool_programs = $(patsubst $(srcdir)/%.c,%.x,$(sort $(wildcard $(srcdir)/tests/unit/*/*_server.c $(srcdir)/tests/ledger/*.c)))
ring_programs = $(patsubst $(srcdir)/%.c,%.t,$(sort $(wildcard $(srcdir)/tests/wire/wire.c $(srcdir)/tests/virtual/virtual.c $(srcdir)/tests/abi/test_*.c)))
bench_programs = $(patsubst $(srcdir)/%.c,%.x,$(sort $(wildcard $(srcdir)/tests/bench/*.c)))
fuzz_programs = $(patsubst $(srcdir)/%.c,%.f,$(sort $(wildcard $(srcdir)/tests/fuzz/fuzz_*.c)))
bad_plugins = $(patsubst $(srcdir)/%.c,%.so,$(sort $(wildcard $(srcdir)/tests/abi/bad/*.c) $(wildcard $(srcdir)/tests/abi/frozen/*/*.c)))

%.t: %.c libcore.a $(plugin_statics)
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(test_cc) -o $@ $< $($(notdir $*)_extra) $(test_ld)
tests/virtual/virtual.t: $(virtual_extra) $(wildcard $(srcdir)/tests/virtual/*.h)
%.x: %.c libcore.a $(plugin_statics)
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(test_cc) -o $@ $< $(test_ld)
# A plugin of frozen/ has its own headers beside it.
%.so: %.c
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) -std=gnu11 -fPIC -shared -fvisibility=hidden -I$(if $(wildcard $(<D)/claude-proxy),$(<D),$(srcdir)/core/include) -o $@ $<
if FUZZ
fuzz_main = -fsanitize=fuzzer
else
fuzz_main = $(srcdir)/tests/fuzz/replay.c
endif
%.f: %.c libcore.a $(plugin_statics)
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(test_cc) -o $@ $< $(fuzz_main) $(test_ld)

test_programs = $(unit_programs) $(tool_programs) $(ring_programs) $(fuzz_programs) $(bad_plugins)
.PHONY: test-programs bench-programs
test-programs: all $(noinst_PROGRAMS) $(check_LTLIBRARIES) $(test_programs)
bench-programs: all $(noinst_PROGRAMS) $(bench_programs)

check-local: test-programs
	$(AM_V_at)python3 $(srcdir)/tests/run.py --source $(srcdir) --build . $(TESTS_ONLY)

# What was found and built lies beside copies of no source when the build is out of tree; in tree it lies beside the sources.
clean-local:
	-rm -f $(test_programs) $(bench_programs)

bench: bench-programs
	python3 $(srcdir)/tests/bench/bench.py --build .
	python3 $(srcdir)/tests/bench/pairs.py --build .
	tests/bench/bench_pick.x
	tests/bench/bench_census.x
	python3 $(srcdir)/tests/bench/scheduling.py --build .
	python3 $(srcdir)/tests/bench/api_load.py --build .
	python3 $(srcdir)/tests/bench/upgrade.py --source $(srcdir) --build .
	python3 $(srcdir)/tests/bench/panel.py --source $(srcdir) --build .

check-clients: all $(noinst_PROGRAMS)
	python3 $(srcdir)/tests/run.py --source $(srcdir) --build . clients
