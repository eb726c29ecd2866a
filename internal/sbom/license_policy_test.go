package sbom

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func TestCase09LicenceAndOrWith(t *testing.T) {
	doc, err := Read(context.Background(), strings.NewReader(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
		{"type":"library","name":"a","licenses":[{"expression":"Apache-2.0 AND MIT"}]},
		{"type":"library","name":"b","licenses":[{"expression":"MIT OR Apache-2.0"}]},
		{"type":"library","name":"c","licenses":[{"expression":"GPL-2.0-only WITH Classpath-exception-2.0"}]},
		{"type":"library","name":"d","licenses":[{"license":{"id":"Apache-2.0"}}]},
		{"type":"library","name":"e","licenses":[{"license":{"name":"MIT/Apache-2.0"}}]},
		{"type":"library","name":"f","licenses":[{"license":{"id":"MIT"}},{"license":{"id":"Apache-2.0"}}]}]}`), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		forbidden []string
		want      string
	}{
		{[]string{"Apache-2.0", "GPL-2.0-only"}, "a violation, b none, c none, d violation, e needs_review, f violation"},
		{[]string{"GPL-2.0-only WITH Classpath-exception-2.0"}, "a none, b none, c violation, d none, e needs_review, f none"},
	} {
		policy, err := NewLicensePolicy(tc.forbidden)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range doc.Components {
			got = append(got, fmt.Sprintf("%s %s", c.Name, policy.Judge(c.Licenses).Outcome))
		}
		if diff := cmp.Diff(tc.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("forbid %v (-want +got)\n%s", tc.forbidden, diff)
		}
	}
}

func TestLicensePolicy(t *testing.T) {
	policy, err := NewLicensePolicy([]string{"apache-2.0", "GPL-3.0", "AGPL-3.0-or-later", "LicenseRef-ours"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ licenses, want string }{
		{"Apache-2.0", "violation [Apache-2.0]"},
		{"APACHE-2.0+", "violation [Apache-2.0+]"},
		{"GPL-3.0-only", "violation [GPL-3.0-only]"}, // the deprecated id means the same
		{"GPL-3.0-or-later", "none []"},
		{"GPL-2.0+", "none []"},
		{"AGPL-3.0+", "violation [AGPL-3.0-or-later]"},
		{"MIT OR (Apache-2.0 AND BSD-3-Clause)", "none []"},
		{"(MIT OR Apache-2.0) AND GPL-3.0-only", "violation [GPL-3.0-only]"},
		{"Apache-2.0 OR GPL-3.0-only", "violation [Apache-2.0 GPL-3.0-only]"},
		{"Apache-2.0 AND GPL-3.0-only", "violation [Apache-2.0 GPL-3.0-only]"},
		{"LicenseRef-theirs", "needs_review [LicenseRef-theirs]"},
		{"LicenseRef-theirs AND Apache-2.0", "violation [Apache-2.0]"},
		{"LicenseRef-theirs OR Apache-2.0", "needs_review [LicenseRef-theirs]"},
		{"LicenseRef-theirs OR MIT", "none []"},
		{"LicenseRef-ours", "violation [LicenseRef-ours]"},
		{"MIT|see LICENSE", "needs_review [see LICENSE]"},
		{"Apache-2.0|see LICENSE", "violation [Apache-2.0]"},
		{"NOASSERTION", "needs_review [NOASSERTION]"},
		{"", "needs_review [no licence is stated]"},
		{"GPL-2.0-with-classpath-exception", "none []"},
	} {
		v := policy.Judge(strings.Split(tc.licenses, "|"))
		if got := fmt.Sprintf("%s %v", v.Outcome, v.Because); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.licenses, got, tc.want)
		}
	}
}

func TestLicensePolicyRefusesWhatIsNoLicence(t *testing.T) {
	_, err := NewLicensePolicy([]string{"MIT", "MIT OR Apache-2.0", "Apache 2", ""})
	var p *problem.Error
	if !errors.As(err, &p) || p.Kind != problem.Invalid || len(p.Faults) != 3 || p.Faults[0].Path != "query.forbid[1]" {
		t.Errorf("got %+v", err)
	}
}
