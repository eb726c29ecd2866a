package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/license"
)

func TestALicenceIsIssuedAndTaken(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key.pem")
	made := command(t, "", "license", "keys", "--out", key)
	info, err := os.Stat(key)
	if err != nil || made.code != exitDone || info.Mode().Perm() != 0o600 {
		t.Fatalf("code %d, %s, %v", made.code, made.err, err)
	}
	if again := command(t, "", "license", "keys", "--out", key); again.code != exitError {
		t.Errorf("a key was written over: %+v", again)
	}
	until := time.Now().AddDate(0, 0, 60).Format(time.DateOnly)
	r := command(t, "", "license", "issue", "--key", key, "--customer", "Example Ltd", "--seats", "25", "--until", until)
	if r.code != exitDone {
		t.Fatalf("%+v", r)
	}
	signed, err := license.NewSigned(strings.TrimSpace(r.out), strings.TrimSpace(made.out), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if s := signed.State(); s.Standing != license.Valid || s.Customer != "Example Ltd" || s.Seats != 25 {
		t.Errorf("%+v", s)
	}
	for _, args := range []string{
		"issue --key " + key + " --customer x --seats 1 --until tomorrow", "issue --key " + key + " --customer x --seats 1 --until 2001-01-01",
		"issue --key /nonexistent --customer x --seats 1 --until " + until, "issue --customer x",
	} {
		if r := command(t, "", append([]string{"license"}, strings.Fields(args)...)...); r.code != exitError || r.out != "" || strings.Contains(r.err, "PRIVATE KEY") {
			t.Errorf("%s: %+v", args, r)
		}
	}
}

func TestResealWantsAKey(t *testing.T) {
	onDatabase(t)
	t.Setenv("ENCRYPTION_KEY", "")
	if r := command(t, "", "reseal"); r.code != exitError || !strings.Contains(r.err, "ENCRYPTION_KEY must be at least 32 characters") {
		t.Errorf("%+v", r)
	}
	t.Setenv("ENCRYPTION_KEY", "an-encryption-key-of-more-than-32-chars")
	if r := command(t, "", "reseal"); r.code != exitDone || !strings.Contains(r.out, "mail that is waiting: 0 sealed anew") {
		t.Errorf("%+v", r)
	}
}
