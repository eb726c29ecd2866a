package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

// madeBundle is a bundle of the samples with its keys, made by the commands.
func madeBundle(t *testing.T) (dir, file, public string) {
	t.Helper()
	dir = t.TempDir()
	if r := command(t, "", "bundle", "keygen", "--out", dir); r.code != exitDone || !strings.Contains(r.out, "BUNDLE_PUBLIC_KEY=MCow") {
		t.Fatalf("keygen: %+v", r)
	}
	file = filepath.Join(dir, "intel.bundle")
	r := command(t, "", "bundle", "export", "--out", file, "--key", filepath.Join(dir, "bundle.key"))
	if r.code != exitDone || !strings.Contains(r.err, "intel.bundle: ") {
		t.Fatalf("export: %+v", r)
	}
	return dir, file, filepath.Join(dir, "bundle.pub")
}

func TestBundleFromOneInstanceToAnother(t *testing.T) {
	onDatabase(t)
	importSamples(t)
	dir, file, public := madeBundle(t)
	if info, err := os.Stat(filepath.Join(dir, "bundle.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key: %v %v", info, err)
	}
	if r := command(t, "", "bundle", "keygen", "--out", dir); r.code != exitError || !strings.Contains(r.err, "is there already") {
		t.Errorf("keygen over keys: %+v", r)
	}

	r := command(t, "", "bundle", "inspect", file, "--public-key", public)
	if r.code != exitDone || !strings.Contains(r.out, "and the signature is right") || !strings.Contains(r.out, "advisories of osv: 110 records") {
		t.Errorf("inspect: %+v", r)
	}
	var seen struct {
		Manifest struct{ Sections []struct{ Name string } }
		SignedBy string `json:"signed_by"`
		Checked  bool   `json:"signature_checked"`
	}
	r = command(t, "", "bundle", "inspect", "--format", "json", file)
	if err := json.Unmarshal([]byte(r.out), &seen); err != nil || len(seen.Manifest.Sections) != 3 || len(seen.SignedBy) != 16 || seen.Checked {
		t.Errorf("inspect as JSON: %v, %+v", err, r)
	}

	onDatabase(t)
	if r := command(t, "", "bundle", "import", file, "--public-key", public); r.code != exitDone || !strings.Contains(r.err, "osv: 110 records, 110 new") {
		t.Errorf("import: %+v", r)
	}
	key, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{public, string(key), oneLine(key)} {
		t.Setenv("BUNDLE_PUBLIC_KEY", setting)
		if r := command(t, "", "bundle", "import", file); r.code != exitDone || !strings.Contains(r.err, "osv: 110 records, 0 new, 0 changed") {
			t.Errorf("import again with the setting %.20q: %+v", setting, r)
		}
	}
	// A bundle that was written once is replaced only by one that is whole.
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", testkit.DatabaseURL(t))
	if r := command(t, "", "bundle", "export", "--out", file, "--unsigned"); r.code != exitError || !strings.Contains(r.err, "nothing to export") {
		t.Errorf("export of nothing: %+v", r)
	}
	after, err := os.ReadFile(file)
	left, globErr := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || globErr != nil || !bytes.Equal(before, after) || len(left) != 0 {
		t.Errorf("the failed export touched the file (%v), or left %v", err, left)
	}
}

func TestBundlesThatAreNotTaken(t *testing.T) {
	pool := onDatabase(t)
	importSamples(t)
	dir, file, public := madeBundle(t)
	others := t.TempDir()
	if r := command(t, "", "bundle", "keygen", "--out", others); r.code != exitDone {
		t.Fatal(r.err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	flipped := bytes.Clone(content)
	flipped[len(flipped)/2] ^= 1
	unsigned := filepath.Join(dir, "unsigned")
	if r := command(t, "", "bundle", "export", "--out", unsigned, "--unsigned"); r.code != exitDone {
		t.Fatal(r.err)
	}
	key := []string{"--public-key", public}
	var runs int
	count := func() (n int) {
		if err := pool.QueryRow(t.Context(), `select count(*) from feed_runs`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	runs = count()
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{file}, "no public key is known here"},
		{[]string{file, "--public-key", filepath.Join(others, "bundle.pub")}, "and the one trusted here is"},
		{[]string{file, "--public-key", filepath.Join(dir, "bundle.key")}, "keep the private key where bundles are made"},
		{[]string{file, "--public-key", file}, "no Ed25519 public key"},
		{append(key, unsigned), "take it with --allow-unsigned"},
		{append(key, write("flipped", flipped)), "damaged or changed after it was written"},
		{append(key, write("cut", content[:len(content)-1])), "ends before its seal"},
		{append(key, write("half", content[:len(content)/2])), "ends before its seal"},
		{append(key, write("empty", nil)), "the file is empty"},
		{append(key, public), "this is no bundle"},
		{append(key, dir), "want a file"},
		{append(key, filepath.Join(dir, "absent")), "no such file"},
		{nil, "import takes one bundle"},
	} {
		r := command(t, "", append([]string{"bundle", "import"}, tc.args...)...)
		if r.code != exitError || !strings.Contains(r.err, tc.want) {
			t.Errorf("%v: code %d, said %q; want %q", tc.args, r.code, r.err, tc.want)
		}
	}
	if after := count(); after != runs {
		t.Errorf("%d runs were begun", after-runs)
	}
	if r := command(t, "", "bundle", "import", unsigned, "--allow-unsigned"); r.code != exitDone {
		t.Errorf("unsigned and allowed: %+v", r)
	}
	for args, want := range map[string]string{
		"export --out x":                       "give --key FILE to sign",
		"export --out x --unsigned --key y":    "give --key FILE to sign",
		"export --unsigned":                    `"out" not set`,
		"export --out x --key " + public:       "this is the public key",
		"inspect --format xml " + file:         "use text or json",
		"inspect " + filepath.Join(dir, "cut"): "ends before its seal",
		"frobnicate":                           `unknown command "frobnicate"`,
		"":                                     "bundle takes one of",
	} {
		r := command(t, "", append([]string{"bundle"}, strings.Fields(args)...)...)
		if r.code != exitError || !strings.Contains(r.err, want) {
			t.Errorf("bundle %s: code %d, said %q; want %q", args, r.code, r.err, want)
		}
	}
}

// TestBundleImportKilledAndRepeated ends imports by force, each a moment later than the one before.
func TestBundleImportKilledAndRepeated(t *testing.T) {
	source := onDatabase(t)
	_, err := source.Exec(t.Context(), `
		with a as (
			insert into advisories (feed, advisory_id, source, kind, content_hash, aliases)
			select 'osv', 'X-' || lpad(n::text, 6, '0'), 'X', 'vulnerability', '', array['CVE-2099-' || lpad((n / 2)::text, 6, '0')]
			from generate_series(1, 12000) n
			returning id
		)
		insert into affected_packages (advisory_id, ordinal, ecosystem, match_name, name, versions)
		select id, 0, 'npm', 'x', 'x', array['1.0.0'] from a`)
	if err != nil {
		t.Fatal(err)
	}
	_, file, public := madeBundle(t)
	undisturbed := onDatabase(t)
	if r := command(t, "", "bundle", "import", file, "--public-key", public); r.code != exitDone {
		t.Fatal(r.err)
	}
	digest := `
		select md5(string_agg(a.advisory_id || encode(a.content_hash, 'hex') || p.name || v.name, ',' order by a.advisory_id)) || count(*)
		from advisories a
		join affected_packages p on p.advisory_id = a.id
		join advisory_vulnerabilities l on l.advisory_id = a.id
		join vulnerabilities v on v.id = l.vulnerability_id`
	var want, got string
	if err := undisturbed.QueryRow(t.Context(), digest).Scan(&want); err != nil {
		t.Fatal(err)
	}
	pool := onDatabase(t)
	binary := build(t)
	killed := 0
	for batches := 1; ; batches += 2 {
		cmd := exec.CommandContext(t.Context(), binary, "bundle", "import", file, "--public-key", public)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		done, err := false, error(nil)
		for stored := 0; stored < batches*1000 && !done; {
			select {
			case err = <-ended:
				done = true
			default:
				if err := pool.QueryRow(t.Context(), `select count(*) from advisories`).Scan(&stored); err != nil {
					t.Fatal(err)
				}
			}
		}
		if done {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-ended
		killed++
	}
	if err := pool.QueryRow(t.Context(), digest).Scan(&got); err != nil || got != want || killed < 3 {
		t.Errorf("after %d kills %s (%v), undisturbed %s", killed, got, err, want)
	}
}
