package osv

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// FuzzParse: whatever comes, a record is refused or can be stored: it has an id, and nothing in it that PostgreSQL does
// not take.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"id":"GHSA-aaaa-bbbb-cccc","modified":"2099-01-01T00:00:00Z","aliases":["CVE-2099-0001"],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
			"affected":[{"package":{"ecosystem":"Debian:12","name":"w"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1"}]}],"versions":["1"],
			"database_specific":{"last_known_affected_version_range":"< 2","cwes":[{"cweId":"CWE-1"}]}}],"references":[{"type":"WEB","url":"https://x.example"}]}`,
		`{"id":"a\u0000b","affected":[{"package":{"ecosystem":"npm","name":"\u0000"},"versions":["\u0000"]}]}`,
		`{"id":"X","affected":[null,{}],"severity":[{}],"references":[{}],"database_specific":[]}`,
		"\xef\xbb\xbf{}", "[", `{"id":"\xff"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, _, err := Parse(data)
		if err != nil {
			return
		}
		if a.ID == "" || a.Source == "" && strings.Trim(a.ID, "-") != "" && !strings.HasPrefix(a.ID, "-") {
			t.Errorf("kept without an id or a source: %+v", a)
		}
		encoded, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(encoded), `\u0000`) && !strings.Contains(string(encoded), `\\u0000`) {
			t.Errorf("holds a NUL: %s", encoded)
		}
		for _, s := range a.Severities {
			if _, _, _, err := intel.Score(s.Score); err != nil {
				t.Errorf("keeps a vector that cannot be scored: %v", err)
			}
		}
	})
}

// FuzzReadChange: what is read of a list of changes can stand in an address and is a time.
func FuzzReadChange(f *testing.F) {
	f.Add([]byte("2026-11-25T02:11:09.123456789Z,GHSA-aaaa-bbbb-cccc"))
	f.Add([]byte("2026-11-25T02:11:09Z,npm/MAL-2026-1"))
	f.Add([]byte("2026-11-25T02:11:09Z,npm/../../x"))
	f.Fuzz(func(t *testing.T, line []byte) {
		at, id, ok := readChange(line, "npm")
		if ok && (at.IsZero() && !bytes.HasPrefix(line, []byte("0001")) || id == "" || strings.ContainsAny(id, "/\\\x00") || id == "..") {
			t.Errorf("%q gave %v %q", line, at, id)
		}
	})
}
