package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

// ran is what a command line came to.
type ran struct {
	code     int
	out, err string
}

func command(t *testing.T, in string, args ...string) ran {
	t.Helper()
	var out, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(in), &out, &stderr)
	return ran{code, out.String(), stderr.String()}
}

// onDatabase gives the commands of a test a migrated database with the samples' intel.
func onDatabase(t *testing.T) *pgxpool.Pool {
	t.Helper()
	address := testkit.DatabaseURL(t)
	t.Setenv("DATABASE_URL", address)
	t.Setenv("LICENSE_MODE", "jwt")
	t.Setenv("MIGRATIONS_DIR", filepath.Join(testkit.Root(), "migrations"))
	pool, err := pgxpool.New(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func importSamples(t *testing.T) ran {
	t.Helper()
	intel := filepath.Join(testkit.Root(), "localdev", "demo", "intel")
	r := command(t, "", "import", "--osv", filepath.Join(intel, "osv"), "--kev", filepath.Join(intel, "kev.json"), "--epss", filepath.Join(intel, "epss.csv"))
	if r.code != exitDone {
		t.Fatalf("import ended with %d: %s", r.code, r.err)
	}
	return r
}

func sampleSBOM(name string) string {
	return filepath.Join(testkit.Root(), "localdev", "demo", "sboms", name)
}

func TestWrongCommandLinesAreAnsweredInWords(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	for _, tc := range []struct {
		args string
		want string // in what is said
	}{
		{"frobnicate", `unknown command "frobnicate"`},
		{"scan", "scan takes one SBOM or more"},
		{"scan --format xml x", `--format "xml": use table or json`},
		{"scan --colour x", "See: threatwerk scan --help"},
		{"scan x", "database not reachable (set DATABASE_URL"},
		{"import", "nothing to import"},
		{"push", "push takes one SBOM"},
		{"push x --url http://127.0.0.1:1", `"product", "release" not set`},
		{"push x --url http://127.0.0.1:1 --product p --release 1 --fail-on sometimes", `--fail-on "sometimes": use critical`},
		{"push /nonexistent --url http://127.0.0.1:1 --product p --release 1", "/nonexistent"},
		{"push " + sampleSBOM("orders-service-2.4.0.cdx.json") + " --url http://127.0.0.1:1 --product p --release 1", "is it running, and is --url right?"},
		{"mail test person@example.net", "Mail is not set up on this server. (set NOTIFY_BACKEND"},
		{"explain pkg:npm/x", "explain takes a package URL or a CPE, and the id"},
		{"serve now", "serve takes no arguments"},
		{"serve", "database not reachable"},
	} {
		r := command(t, "", strings.Fields(tc.args)...)
		if r.code != exitError || !strings.Contains(r.err, tc.want) || r.out != "" {
			t.Errorf("threatwerk %s: code %d, said %q and %q; want %q", tc.args, r.code, r.err, r.out, tc.want)
		}
	}
	if r := command(t, "", "version"); r.code != exitDone || !strings.HasPrefix(r.out, "threatwerk ") {
		t.Errorf("version: %+v", r)
	}
}

func TestImportTwiceAndScanWithoutStoring(t *testing.T) {
	pool := onDatabase(t)
	if r := importSamples(t); !strings.Contains(r.err, "osv: 110 records, 110 new") {
		t.Errorf("the first import says %q", r.err)
	}
	if r := importSamples(t); !strings.Contains(r.err, "osv: 110 records, 0 new, 0 changed") {
		t.Errorf("the second import says %q", r.err)
	}
	type answer struct {
		File       string
		Components []struct {
			PURL, Name, Version string
			Vulnerabilities     []struct {
				ID         string
				Aliases    []string
				Advisories []string
				Confidence string
				Severity   string
				Evidence   []struct{ Words string }
				FixedIn    string `json:"fixed_in"`
			}
		}
		NotCovered []struct{ PURL, Name, Reason string } `json:"not_covered"`
	}
	orders := sampleSBOM("orders-service-2.4.0.cdx.json")
	r := command(t, "", "scan", "--format", "json", orders)
	var one answer
	if err := json.Unmarshal([]byte(r.out), &one); err != nil || r.code != exitDone {
		t.Fatalf("scan ended with %d (%v): %s", r.code, err, r.err)
	}
	seen := false
	for _, c := range one.Components {
		for _, v := range c.Vulnerabilities {
			if v.ID == "CVE-2021-44228" {
				seen = true
				if c.Name != "org.apache.logging.log4j:log4j-core" || v.Confidence != "confirmed" || v.Severity != "critical" ||
					v.FixedIn != "2.15.0" || len(v.Advisories) != 1 || len(v.Evidence) != 1 || v.Evidence[0].Words == "" {
					t.Errorf("%s: %+v", c.Name, v)
				}
			}
		}
	}
	if !seen || len(one.NotCovered) != 2 || one.NotCovered[0].Reason == "" || one.File != "" {
		t.Errorf("Log4Shell seen: %t, not covered: %+v, file %q", seen, one.NotCovered, one.File)
	}
	content, err := os.ReadFile(orders)
	if err != nil {
		t.Fatal(err)
	}
	if piped := command(t, string(content), "scan", "--format", "json", "-"); piped.out != r.out {
		t.Errorf("from standard input: code %d, %s", piped.code, piped.err)
	}
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, content[:500], 0o600); err != nil {
		t.Fatal(err)
	}
	var several []answer
	r = command(t, "", "scan", "--format", "json", broken, orders)
	if err := json.Unmarshal([]byte(r.out), &several); err != nil || r.code != exitError || len(several) != 1 || several[0].File != orders ||
		!strings.Contains(r.err, broken+": The document is not well-formed JSON.") || !strings.Contains(r.err, "it is cut off") || !strings.Contains(r.err, "1 of 2 files could not be scanned") {
		t.Errorf("one of two broken: code %d (%v), said %s, answered for %d", r.code, err, r.err, len(several))
	}
	if r = command(t, "", "scan", orders); r.code != exitDone || !strings.Contains(r.out, "CVE-2021-44228") || !strings.Contains(r.out, "yes (KEV)") {
		t.Errorf("as a table: code %d\n%s%s", r.code, r.out, r.err)
	}
	var rows int
	if err := pool.QueryRow(t.Context(), `select (select count(*) from products) + (select count(*) from sboms) + (select count(*) from components)`).Scan(&rows); err != nil || rows != 0 {
		t.Errorf("scans stored %d rows (%v)", rows, err)
	}
	if r = command(t, "", "explain", "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "CVE-2021-44228"); r.code != exitDone || !strings.Contains(r.out, "lies in the range") {
		t.Errorf("explain: code %d\n%s%s", r.code, r.out, r.err)
	}
}

func TestScanWithoutSchemaSaysWhatToDo(t *testing.T) {
	pool := testkit.EmptyDB(t)
	t.Setenv("DATABASE_URL", pool.Config().ConnString())
	if r := command(t, "", "scan", sampleSBOM("orders-service-2.4.0.cdx.json")); r.code != exitError || !strings.Contains(r.err, "run threatwerk migrate") {
		t.Errorf("code %d, said %q", r.code, r.err)
	}
}

func TestForeignTextDoesNotReachTheTerminal(t *testing.T) {
	t.Parallel()
	if got := clean("a\x1b[2Jb\r\u202ec\tüñ"); strings.ContainsAny(got, "\x1b\r\t\u202e") || !strings.Contains(got, "üñ") {
		t.Errorf("%q", got)
	}
}
