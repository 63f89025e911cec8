//! Trains an LSTM to spell "hello hello hello ...", saves it, loads it again and lets it spell; then trains another by
//! an optimiser and the library's own loop.

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

/// Ten updates by an optimiser.
fn train_by(optimizer: &mut rnn::Optimizer, model: &rnn::Model) -> rnn::Result<()> {
    let mut logits = vec![0.0; STEPS * BATCH * CLASSES];
    let mut dlogits = logits.clone();
    let mut session = rnn::Session::new(model, rnn::TRAINING)?;
    for _ in 0..10 {
        session.reset_state(BATCH)?;
        session.forward_tokens(&mut logits, &letters(0), None, STEPS)?;
        let shape = (STEPS, BATCH, CLASSES);
        rnn::softmax_cross_entropy(Some(&mut dlogits), &logits, &letters(1), None, shape, rnn::MEAN)?;
        session.zero_gradients()?;
        session.backward(None, Some(&dlogits))?;
        optimizer.step(&mut session)?;
    }
    Ok(())
}

/// By Adam, step by step and then by `fit`, which the callback stops as soon as an epoch's loss is small.
fn fit(model: &rnn::Model, enough: f64) -> rnn::Result<()> {
    let mut adam = rnn::Optimizer::new(rnn::OPTIMIZER_ADAM, model.parameters()?.len())?;
    adam.set_real(rnn::RATE, 0.02)?;
    train_by(&mut adam, model)?;
    assert_eq!(adam.get_int(rnn::UPDATES)?, 10);
    let mut dataset = rnn::Dataset::new()?;
    let column = |letters: &[i32], b: usize| letters.iter().skip(b).step_by(BATCH).copied().collect::<Vec<i32>>();
    for b in 0..BATCH {
        let (tokens, targets) = (column(&letters(0), b), column(&letters(1), b));
        dataset.add(rnn::Input::Tokens(&tokens), rnn::Target::Classes(&targets), STEPS)?;
    }
    let mut trainer = rnn::Trainer::new(model, &adam)?;
    trainer.set_int(rnn::EPOCHS, 1000)?;
    let stopped = trainer.fit(&dataset, None, &mut |trainer, event| {
        event == rnn::EVENT_EPOCH && trainer.get_real(rnn::TRAINING_LOSS).unwrap() < enough
    })?;
    let (epochs, (loss, accuracy)) = (trainer.get_int(rnn::EPOCH)?, trainer.evaluate(&dataset)?);
    println!("fit stopped after {} epochs: loss {:.4}, accuracy {:.0}%", epochs, loss, 100.0 * accuracy);
    assert!(stopped && epochs < 1000 && loss < 2.0 * enough, "the callback did not stop fit");
    Ok(())
}

/// From logits to classes, and labels without their places.
fn decode() -> rnn::Result<()> {
    let (mut token, mut random) = ([0], 1);
    rnn::sample(&mut token, &[0.0, 3.0, 1.0], 3, &rnn::Draw { temperature: 0.0, ..Default::default() }, &mut random)?;
    assert_eq!(token, [1]);
    // Of the 27 paths of three steps over three equal classes six say "1".
    let (logits, labels) = ([0.0; 9], [1]);
    let ctc = rnn::Ctc {
        logits: &logits, labels: &labels, lengths: None, label_lengths: None, most_labels: 1, blank: 0,
        reduction: rnn::MEAN, zero_infinity: false,
    };
    let loss = rnn::ctc_loss(None, None, &ctc, (3, 1, 3))?;
    assert!((loss - (27f64 / 6.0).ln()).abs() < 1e-6);
    let best = rnn::ctc_greedy(&[0.0, 9.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0, 9.0], None, (3, 1, 3), 0)?;
    assert_eq!(best, [[1, 2]], "the best path is 1 blank 2");
    Ok(())
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

    fit(&rnn::Model::new(&mut config)?, 0.1 * first)?;
    decode()?;
    Ok(())
}
