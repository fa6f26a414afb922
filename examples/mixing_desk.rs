// Source: csp
// `ops::mix` puts the values of several channels to one, and is a desk to mute, pause and solo them meanwhile.
//
// Look for: what is heard of three players, who number their notes. The voice, muted, sings on unheard: 4 and 5 are
// lost. The bass, paused, waits: it goes on with 8. While the drum is soloed the others are paused.
// Try: SoloMode::Mute: during the solo the others play on unheard, and these notes are lost.

use csp::ops::{self, Attributes, SoloMode};
use csp::prelude::*;

type Change = (&'static str, usize, fn(&mut Attributes)); // what it is called, of which player, and what is done

fn player(number: usize) -> Channel<(usize, u32)> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        for note in 1.. {
            put(&out, (number, note)).or_stop();
            sleep(Duration::from_millis(100)); // after it was taken
        }
    });
    c
}

#[csp::main]
pub fn main() {
    let heard = Channel::new();
    let desk = ops::mix(heard.clone());
    let players = [0, 1, 2].map(player); // drum, bass, voice
    players.iter().for_each(|player| desk.admix(player));
    desk.solo_mode(SoloMode::Pause); // whoever is not soloed is paused, while another one is
    let changes: [Change; 7] = [
        ("all", 0, |_| ()),
        ("voice muted", 2, |voice| voice.mute = true),
        ("all", 2, |voice| voice.mute = false),
        ("bass paused", 1, |bass| bass.pause = true),
        ("all", 1, |bass| bass.pause = false),
        ("drum solo", 0, |drum| drum.solo = true),
        ("all", 0, |drum| drum.solo = false),
    ];
    println!("{:16}drum        bass        voice", "");
    for (title, player, change) in changes {
        desk.toggle(&players[player], change);
        let (mut notes, enough) = ([""; 3].map(str::to_owned), timeout(Duration::from_millis(230)));
        while let (Some((player, note)), _) = alts([&heard, &enough]) {
            notes[player] += &format!("{note} ");
        }
        println!("{}", format!("{title:16}{:12}{:12}{}", notes[0], notes[1], notes[2]).trim_end());
    }
}
