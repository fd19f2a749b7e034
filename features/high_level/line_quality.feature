# TCP and the repetitions of matching bring a session through a bad line; what they cannot, ends safely.
Feature: Sessions over bad power lines

  Scenario Outline: A line that <sentence> carries a session of <protocol> with direct current
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "audi-q4"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 90 s CurrentDemandRes is said
    When the power line <sentence>
    Then for 20 s the contactor stays closed
    When the power line is good again
    And the car stops asking for energy
    Then within 30 s the dialog has ended

    Examples:
      | protocol    | sentence                                 |
      | ISO 15118-2 | doubles 20 % of all frames               |
      | ISO 15118-2 | takes up to 10 ms longer for some frames |
      | ISO 15118-2 | takes 20 ms for a frame                  |
      | DIN 70121   | doubles 20 % of all frames               |
      | DIN 70121   | takes up to 10 ms longer for some frames |
      | DIN 70121   | takes 20 ms for a frame                  |

  Scenario Outline: A line that <sentence> carries a session with alternating current
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the power line <sentence>
    When the driver plugs in
    Then within 90 s ChargingStatusRes is said
    And for 20 s the contactor stays closed
    When the car stops asking for energy
    Then within 30 s the dialog has ended

    Examples:
      | sentence                                 |
      | doubles 20 % of all frames               |
      | takes up to 30 ms longer for some frames |
      | takes 50 ms for a frame                  |
      | loses 2 % of all frames                  |
      | is late with 2 % of all frames           |

  Scenario: A line that carries nothing any more ends the session safely
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 90 s ChargingStatusRes is said
    When the power line loses 100 % of all frames
    Then within 10 s the contactor opens
