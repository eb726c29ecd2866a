package intel

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGroup(t *testing.T) {
	cases := []struct {
		name    string
		members []member
		want    map[int64][]string
	}{
		{
			"one CVE anchors, and what shares an id with the anchored follows",
			[]member{
				{Row: 1, ID: "PYSEC-A", Aliases: []string{"CVE-2099-0001"}},
				{Row: 2, ID: "GHSA-A", Aliases: []string{"CVE-2099-0001"}},
				{Row: 3, ID: "OTHER-A", Aliases: []string{"GHSA-A"}},
				{Row: 4, ID: "CVE-2099-0001"},
			},
			map[int64][]string{1: {"CVE-2099-0001"}, 2: {"CVE-2099-0001"}, 3: {"CVE-2099-0001"}, 4: {"CVE-2099-0001"}},
		},
		{
			"errata that name no CVE are no vulnerability, those that do are",
			[]member{
				{Row: 1, ID: "ALBA-2099:0001"},
				{Row: 2, ID: "ALEA-2099:0002", Related: []string{"CVE-2099-0001"}},
				{Row: 3, ID: "ALSA-2099:0003"},
			},
			map[int64][]string{1: nil, 2: {"CVE-2099-0001"}, 3: {"ALSA-2099:0003"}},
		},
		{
			"several CVEs are covered and merge nothing",
			[]member{
				{Row: 1, ID: "GO-1", Aliases: []string{"CVE-2099-0002", "CVE-2099-0001"}},
				{Row: 2, ID: "GHSA-1", Aliases: []string{"CVE-2099-0001"}},
				{Row: 3, ID: "GHSA-2", Aliases: []string{"CVE-2099-0002"}},
			},
			map[int64][]string{1: {"CVE-2099-0001", "CVE-2099-0002"}, 2: {"CVE-2099-0001"}, 3: {"CVE-2099-0002"}},
		},
		{
			"a record with several CVEs anchors no neighbour",
			[]member{
				{Row: 1, ID: "RUSTSEC-1", Aliases: []string{"CVE-2099-0001", "CVE-2099-0002", "GHSA-1"}},
				{Row: 2, ID: "GHSA-1"},
			},
			map[int64][]string{1: {"CVE-2099-0001", "CVE-2099-0002"}, 2: {"GHSA-1"}},
		},
		{
			"upstream covers and is no alias",
			[]member{
				{Row: 1, ID: "DSA-1-1", Upstream: []string{"CVE-2099-0001", "CVE-2099-0002"}},
				{Row: 2, ID: "X-1", Aliases: []string{"DSA-1-1"}},
				{Row: 3, ID: "USN-1-1", Upstream: []string{"UBUNTU-CVE-2099-0003"}},
				{Row: 4, ID: "UBUNTU-CVE-2099-0003"},
			},
			map[int64][]string{1: {"CVE-2099-0001", "CVE-2099-0002"}, 2: {"DSA-1-1"}, 3: {"CVE-2099-0003"}, 4: {"CVE-2099-0003"}},
		},
		{
			"errata name what they fix as related; others' related says nothing",
			[]member{
				{Row: 1, ID: "ALSA-2099:1", Related: []string{"CVE-2099-0001", "CVE-2099-0002"}},
				{Row: 2, ID: "RHSA-2099:1", Upstream: []string{"CVE-2099-0003"}, Related: []string{"CVE-2099-0004"}},
				{Row: 3, ID: "GHSA-3", Related: []string{"CVE-2099-0005"}},
			},
			map[int64][]string{1: {"CVE-2099-0001", "CVE-2099-0002"}, 2: {"CVE-2099-0003"}, 3: {"GHSA-3"}},
		},
		{
			"without a CVE: transitive over shared ids, named by the best known one",
			[]member{
				{Row: 1, ID: "RUSTSEC-1", Aliases: []string{"SHARED-1"}},
				{Row: 2, ID: "AAA-1", Aliases: []string{"SHARED-1", "PYSEC-9"}},
				{Row: 3, ID: "PYSEC-9"},
				{Row: 4, ID: "RUSTSEC-2"},
			},
			map[int64][]string{1: {"PYSEC-9"}, 2: {"PYSEC-9"}, 3: {"PYSEC-9"}, 4: {"RUSTSEC-2"}},
		},
		{
			"anchors that disagree are covered, not merged",
			[]member{
				{Row: 1, ID: "HUB-1", Aliases: []string{"GHSA-1", "GHSA-2"}},
				{Row: 2, ID: "GHSA-1", Aliases: []string{"CVE-2099-0001"}},
				{Row: 3, ID: "GHSA-2", Aliases: []string{"CVE-2099-0002"}},
			},
			map[int64][]string{1: {"CVE-2099-0001", "CVE-2099-0002"}, 2: {"CVE-2099-0001"}, 3: {"CVE-2099-0002"}},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, group(c.members)); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			// The order of records is a feed's whim.
			for i, j := 0, len(c.members)-1; i < j; i, j = i+1, j-1 {
				c.members[i], c.members[j] = c.members[j], c.members[i]
			}
			if diff := cmp.Diff(c.want, group(c.members)); diff != "" {
				t.Errorf("groups of the reversed list (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRangeWords(t *testing.T) {
	cases := []struct {
		events         []Event
		windows, fixed []string
	}{
		{[]Event{{Introduced: "0"}}, []string{"all versions"}, nil},
		{[]Event{{Introduced: "0"}, {Fixed: "1.2"}}, []string{"< 1.2"}, []string{"1.2"}},
		{[]Event{{Introduced: "1.0"}}, []string{">= 1.0"}, nil},
		{[]Event{{Introduced: "1.0"}, {LastAffected: "1.4"}}, []string{">= 1.0, <= 1.4"}, nil},
		{[]Event{{Introduced: "0"}, {Limit: "2"}}, []string{"< 2"}, nil},
		{
			[]Event{{Introduced: "1.0"}, {Fixed: "1.2"}, {Introduced: "2.0"}, {Fixed: "2.3"}},
			[]string{">= 1.0, < 1.2", ">= 2.0, < 2.3"}, []string{"1.2", "2.3"},
		},
	}
	for _, c := range cases {
		windows, fixed := Range{Events: c.events}.Words()
		if diff := cmp.Diff(c.windows, windows) + cmp.Diff(c.fixed, fixed); diff != "" {
			t.Errorf("%+v:\n%s", c.events, diff)
		}
	}
}
