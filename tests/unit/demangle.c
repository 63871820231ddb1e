// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/demangle.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

#ifdef IBERTY
#define HAS_RUST true
#else
#define HAS_RUST false
#endif

static const struct {
	const char *mangled, *name;
} rust[] = {
	/* the older kind */
	{ "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad" },
	{ "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE.llvm.123", "core::fmt::Formatter::pad" },
	{ "_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$"
	  "3bar17h930b740aa94f1d3aE",
	  "<Test + 'static as foo::Bar<Test>>::bar" },
	/* the newer kind: paths, closures, impls, generic arguments, what is named again */
	{ "_RNvC6_123foo3bar", "123foo::bar" },
	{ "_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}" },
	{ "_RNCINkXs25_NgCsbmNqQUJIY6D_4core5sliceINyB9_4IterhENuNgNoBb_4iter8iterator8Iterator"
	  "9rpositionNCNgNpB9_6memchr7memrchrs_0E0Bb_",
	  "<core::slice::Iter<u8> as "
	  "core::iter::iterator::Iterator>::rposition::<core::slice::memchr"
	  "::memrchr::{closure#1}>::{closure#0}" },
	{ "_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_"
	  "ECs1iopQbuBiw2_3std",
	  "alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>" },
	{ "_RMC0INtC8arrayvec8ArrayVechKj7b_E", "<arrayvec::ArrayVec<u8, 123>>" },
	{ "_RMC1aINtB0_1SKanb_E", "<a::S<-11>>" },
	{ "_RMC1aINtB0_1SKb1_E", "<a::S<true>>" },
	{ "_RMC1aINtB0_1SKc76_E", "<a::S<'v'>>" },
	{ "_RINvC1a1fRmQShOxTjyETiEE",
	  "a::f::<&u32, &mut [u8], *mut i64, (usize, u64), (isize,)>" },
	{ "_RINvC1a1fFUKChEiE", "a::f::<unsafe extern \"C\" fn(u8) -> isize>" },
	{ "_RINvC1a1fFG_RL0_hEuE", "a::f::<for<'a> fn(&'a u8)>" },
	{ "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
	  "utf8_idents::საჭმელად_გემრიელი_სადილი" },
	{ "_RNvC1a1f.llvm.123", "a::f" },
	{ "_RNvC1a4f.llvm", NULL },
	/* bad ones */
	{ "_R", NULL },
	{ "_RNvC1a", NULL },
	{ "_RNvB_1f", NULL },
	{ "_RNvC9999999999999999999999a1f", NULL },
	{ "_ZN4core3fmt99999999999999999999999E", NULL },
	{ "_Restart", NULL }, /* C */
	{ "main", NULL },
};

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* What this name costs, and that it stays as it is. */
static void stays(const char *name, const char *what)
{
	double begin = cpu_seconds();

	ok(demangled(name) == name || !strcmp(demangled(name), name), what);
	ok(cpu_seconds() - begin < 1, "and soon");
}

/* The same program, with a libstdc++ that can't be opened. */
static int without_libstdcplus(const char *self)
{
	char dir[] = "/tmp/demangleXXXXXX", file[64], command[512];
	int status;

	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/libstdc++.so.6", dir);
	fclose(fopen(file, "w"));
	snprintf(command, sizeof(command),
		 "said=$(LD_LIBRARY_PATH=%s '%s' rust 2>&1) && test \"$said\" = "
		 "\"demangle: C++ names stay mangled: libstdc++.so.6 can't be used\"",
		 dir, self);
	status = system(command);
	unlink(file);
	rmdir(dir);
	return status;
}

static int rust_only(void)
{
	demangle_names = true;
	return strcmp(demangled("_Z1fv"), "_Z1fv") || strcmp(demangled("_Z1gv"), "_Z1gv") ||
	       strcmp(demangled("_RNvC6_123foo3bar"), "123foo::bar");
}

int main(int argc, char **argv)
{
	static const char digits[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char base36[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char *last = NULL;
	char name[8192] = "";
	bool cplus;

	if (argc > 1)
		return rust_only();
	is_str(demangled("_RNvC6_123foo3bar"), "_RNvC6_123foo3bar", "without --demangle");
	demangle_names = true;
	for (size_t i = 0; HAS_RUST && i < sizeof(rust) / sizeof(*rust); i++)
		is_str(demangled(rust[i].mangled), rust[i].name ? rust[i].name : rust[i].mangled,
		       rust[i].mangled);
	if (HAS_RUST) {
		is_str(demangled("_RNvC6_123foo3bar"), "123foo::bar", "again");
		ok(!without_libstdcplus(argv[0]), "Rust needs no libstdc++");
	} else {
		skip("Rust", "no libiberty");
		is_str(demangled("_RNvC6_123foo3bar"), "_RNvC6_123foo3bar", "stays mangled");
	}
	is_str(demangled("_Z"), "_Z", "no more than a beginning");
	cplus = strcmp(demangled("_Z1fv"), "_Z1fv");
	if (cplus) {
		is_str(demangled("_Z1fv"), "f()", "C++");
		if (HAS_RUST)
			is_str(demangled("_ZN3foo17h0000000000000000E"), "foo::h0000000000000000",
			       "this is no hash");
		is_str(demangled("_ZNSt6vectorIiSaIiEE9push_backEOi"),
		       "std::vector<int, std::allocator<int> >::push_back(int&&)", "templates");
		is_str(demangled("_Z1fv.cold"), "f() [clone .cold]", "a part of a function");
	} else {
		skip("C++", "no libstdc++.so.6");
	}

	/* Twice as long with each step: in C++ ... */
	strcpy(name, "_Z1f1AIiiE");
	for (int i = 0; i < 30; i++) { /* each type is made of two of the one before */
		char at[3] = { i < 18 ? base36[2 * i] : '1', i < 18 ? 0 : base36[2 * i - 36] };

		last = name + strlen(name);
		sprintf(last, "1BIS%s_S%s_E", at, at);
	}
	stays(name, "C++ that becomes very long");
	/* ... the same without a word, as a search for a parameter pack ... */
	memmove(last + 2, last, strlen(last) + 1);
	memcpy(last, "Dp", 2);
	stays(name, "C++ that takes very long");
	/* ... and in Rust. */
	strcpy(name, "_RINvC1a1f");
	for (int i = 0; i < 60; i++)
		strcat(name, "T");
	stays(name, "Rust that is cut");
	strcpy(name, "_RINvC1a1fThhE");
	for (int at = 8; at < 62;) {
		int here = strlen(name) - 2;

		sprintf(name + strlen(name), "TB%c_B%c_E", digits[at - 1], digits[at - 1]);
		at = here;
	}
	strcat(name, "E");
	stays(name, "Rust that becomes very long");
	strcpy(name, "_Z1f");
	memset(name + 4, 'P', 3000);
	strcpy(name + 3004, "i");
	stays(name, "C++ that is too long");
	strcpy(name, "_Z1f");
	memset(name + 4, 'P', 2000);
	strcpy(name + 2004, "i");
	ok(demangled(name), "many pointers");
	for (int i = 0; i < 20000; i++) {
		sprintf(name, "_RNvC6_123foo%d%0*d", 900, 900, i);
		name[14] = '_';
		demangled(name);
		demangle_trim();
	}
	ok(true, "many names");
	return done();
}
