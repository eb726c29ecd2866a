package main

import "testing"

func TestOurOwnWordAcquitsNobody(t *testing.T) {
	known := pair{"pkg:npm/jquery@1.10.2", "NSWG-ECO-496"}
	for _, tc := range []struct {
		class class
		pair  pair
		of    verdict
	}{
		{"no_entry", known, wrong}, {"no_entry", pair{"pkg:npm/left@1", "TW-1"}, missed}, {"not_in_range", pair{"pkg:npm/left@1", "TW-1"}, missed},
		{"in_range", known, missed}, {"possible: release_unknown", pair{"pkg:npm/left@1", "TW-1"}, undecided},
	} {
		got := tally{both: 9, classes: map[class]int{judge(tc.class, tc.pair): 1}}
		if got.of(tc.of) != 1 {
			t.Errorf("%s %v: %v", tc.class, tc.pair, got.classes)
		}
		if want := map[bool]float64{true: 90, false: 100}[tc.of == missed]; got.recall() != want {
			t.Errorf("%s %v: recall %v, want %v", tc.class, tc.pair, got.recall(), want)
		}
	}
}
