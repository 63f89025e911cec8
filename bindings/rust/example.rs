//! Trains an LSTM to spell "hello hello hello ...", saves it, loads it again and lets it spell.

mod rnn;

use std::error::Error;

const WORD: &[u8] = b"hello ";
const LETTERS: &[u8] = b" ehlo";
const STEPS: usize = 20;
const STARTS: [usize; 4] = [0, 1, 4, 5]; // four sequences: they begin at h, e, o and the space ...
const LENGTHS: [i32; 4] = [20, 13, 17, 5]; // ... and have different lengths
const BATCH: usize = STARTS.len();
const CLASSES: usize = LETTERS.len();

fn number(letter: u8) -> i32 {
    LETTERS.iter().position(|&other| other == letter).unwrap() as i32
}

/// The letters of all sequences, `ahead` steps further on: [STEPS, BATCH].
fn letters(ahead: usize) -> Vec<i32> {
    let at = |t: usize, start: usize| number(WORD[(start + t + ahead) % WORD.len()]);
    (0..STEPS).flat_map(|t| STARTS.map(|start| at(t, start))).collect()
}

/// Returns the losses of the first and the last round.
fn train(model: &rnn::Model) -> rnn::Result<(f64, f64)> {
    let (tokens, targets) = (letters(0), letters(1));
    let mut logits = vec![0.0; STEPS * BATCH * CLASSES];
    let mut dlogits = logits.clone();
    let mut losses = Vec::new();
    let mut session = rnn::Session::new(model, rnn::TRAINING)?;
    for _ in 0..300 {
        session.reset_state(BATCH)?;
        session.forward_tokens(&mut logits, &tokens, Some(&LENGTHS), STEPS)?;
        let shape = (STEPS, BATCH, CLASSES);
        let loss = rnn::softmax_cross_entropy(Some(&mut dlogits), &logits, &targets, Some(&LENGTHS), shape, rnn::MEAN)?;
        session.zero_gradients()?;
        session.backward(None, Some(&dlogits))?;
        session.clip_gradient_norm(1.0)?;
        session.sgd_step(0.5)?;
        losses.push(loss);
    }
    Ok((losses[0], losses[losses.len() - 1]))
}

fn outputs(model: &rnn::Model, threads: usize) -> rnn::Result<Vec<u32>> {
    let mut logits = vec![0.0; STEPS * BATCH * CLASSES];
    let mut session = rnn::Session::new(model, rnn::INFERENCE)?;
    session.set_threads(threads)?;
    session.reset_state(BATCH)?;
    session.forward_tokens(&mut logits, &letters(0), Some(&LENGTHS), STEPS)?;
    Ok(logits.iter().map(|value: &f32| value.to_bits()).collect())
}

/// One letter at a time.
fn spell(model: &rnn::Model, length: usize) -> rnn::Result<String> {
    let mut text = vec![WORD[0]];
    let mut logits = [0.0; CLASSES];
    let mut session = rnn::Session::new(model, rnn::INFERENCE)?;
    while text.len() < length {
        session.step_tokens(&mut logits, &[number(text[text.len() - 1])])?;
        let best = (0..CLASSES).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
        text.push(LETTERS[best]);
    }
    Ok(String::from_utf8(text).unwrap())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut config = rnn::Config::new()?;
    config.set_int(rnn::CELL, rnn::CELL_LSTM as i64)?;
    config.set_int(rnn::VOCABULARY, CLASSES as i64)?;
    config.set_int(rnn::HIDDEN_SIZE, 16)?;
    config.set_int(rnn::CLASSES, CLASSES as i64)?;
    config.set_int(rnn::SEED, 1)?;
    let model = rnn::Model::new(&mut config)?;

    // Training: the loss must fall to less than a tenth.
    let (first, last) = train(&model)?;
    println!("librnn {}: loss {:.4} at the start, {:.4} at the end", rnn::version(), first, last);
    assert!(last < 0.1 * first, "the loss did not fall");

    // A checkpoint gives the same network, and two threads give what one gives: the same output, bit for bit.
    let path = std::env::temp_dir().join(format!("hello-{}.safetensors", std::process::id()));
    model.save(&path)?;
    let loaded = rnn::Model::load(&path);
    std::fs::remove_file(&path)?;
    let loaded = loaded?;
    assert_eq!(outputs(&model, 1)?, outputs(&loaded, 1)?, "the loaded network computes something else");
    assert_eq!(outputs(&model, 1)?, outputs(&model, 2)?, "two threads compute something else");

    let text = spell(&loaded, 18)?;
    println!("it spells: {}", text);
    assert_eq!(text, "hello hello hello ");

    // A buffer of the wrong length is an error with a sentence, never a crash.
    let mut session = rnn::Session::new(&model, rnn::INFERENCE)?;
    session.reset_state(BATCH)?;
    let mut logits = vec![0.0; STEPS * BATCH * CLASSES];
    let error = session.forward_tokens(&mut logits, &letters(0)[1..], None, STEPS).unwrap_err();
    println!("as expected: {}", error);
    assert!(error.status == rnn::E_SIZE && error.sentence.contains("tokens"));
    Ok(())
}
