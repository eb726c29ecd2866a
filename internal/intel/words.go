package intel

// Words writes a range in the usual notation, one string a window (">= 2.0.0, < 2.17.1"; "all versions"), in the order
// in which the record gives its events, and lists the versions it calls fixed.
func (r Range) Words() (windows, fixed []string) {
	from, open := "", false
	closeWith := func(end string) {
		start := ">= " + from
		if from == "" || from == "0" {
			start = ""
		}
		switch {
		case start == "" && end == "":
			windows = append(windows, "all versions")
		case start == "" || end == "":
			windows = append(windows, start+end)
		default:
			windows = append(windows, start+", "+end)
		}
		open = false
	}
	for _, e := range r.Events {
		switch {
		case e.Introduced != "":
			if open {
				closeWith("")
			}
			from, open = e.Introduced, true
		case e.Fixed != "":
			closeWith("< " + e.Fixed)
			fixed = append(fixed, e.Fixed)
		case e.LastAffected != "":
			closeWith("<= " + e.LastAffected)
		case e.Limit != "":
			closeWith("< " + e.Limit)
		}
	}
	if open {
		closeWith("")
	}
	return windows, fixed
}
