package engine

import "strings"

// Nearest returns the name that word was probably meant to be, or "": one that
// begins with it, or one that a few slips of the fingers turn into it.
func Nearest(word string, names []string) string {
	const longest = 40 // of a word worth comparing
	word = strings.ToLower(word)
	if len(word) < 2 || len(word) > longest {
		return ""
	}
	best, fewest := "", max(1, len(word)/3)+1
	for _, name := range names {
		if strings.HasPrefix(strings.ToLower(name), word) {
			return name
		}
		if d := slips(word, strings.ToLower(name)); d < fewest {
			best, fewest = name, d
		}
	}
	return best
}

// slips counts the letters to insert, delete, change or swap with their
// neighbour to get from a to b.
func slips(a, b string) int {
	from, to := []rune(a), []rune(b)
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(from); i++ {
		for j := 1; j <= len(to); j++ {
			change := rows[i-1][j-1]
			if from[i-1] != to[j-1] {
				change++
			}
			best := min(rows[i-1][j]+1, rows[i][j-1]+1, change)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				best = min(best, rows[i-2][j-2]+1)
			}
			rows[i][j] = best
		}
	}
	return rows[len(from)][len(to)]
}
